#include "service/app/version.h"

namespace sessionbroker::app {

const char* Version() { return SB_VERSION; }

}  // namespace sessionbroker::app
