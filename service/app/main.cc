#include "service/app/run.h"

int main(int argc, char** argv) { return sessionbroker::app::Run(argc, argv); }
