#ifndef SESSIONBROKER_SERVICE_APP_PROCESS_SIGNALS_H_
#define SESSIONBROKER_SERVICE_APP_PROCESS_SIGNALS_H_

#include <csignal>

namespace sessionbroker::app {

// SIGTERM, SIGINT and SIGHUP as events on a normal thread: no code of ours runs in a signal
// handler. Make one at the beginning of main, before any thread starts: threads inherit the blocked
// signals. Also makes the process ignore SIGPIPE. One in a process.
class ProcessSignals {
 public:
  ProcessSignals();

  // Waits for the next of the three, also one that came before. After SIGTERM or SIGINT, another
  // one of the two ends the process at once, with exit code 128 + its number.
  int Wait();

 private:
  sigset_t signals_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_PROCESS_SIGNALS_H_
