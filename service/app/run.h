#ifndef SESSIONBROKER_SERVICE_APP_RUN_H_
#define SESSIONBROKER_SERVICE_APP_RUN_H_

namespace sessionbroker::app {

// The program: reads the command line, does what it says and returns the exit code.
int Run(int argc, char** argv);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_RUN_H_
