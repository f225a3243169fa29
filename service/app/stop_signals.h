#ifndef SESSIONBROKER_SERVICE_APP_STOP_SIGNALS_H_
#define SESSIONBROKER_SERVICE_APP_STOP_SIGNALS_H_

#include <csignal>

namespace sessionbroker::app {

// SIGTERM and SIGINT as an event on a normal thread: no code of ours runs in a signal handler. Make
// one at the beginning of main, before any thread starts: threads inherit the blocked signals. Also
// makes the process ignore SIGPIPE. One in a process.
class StopSignals {
 public:
  StopSignals();

  // Waits for the first of the two, also one that came before. From then on another one ends the
  // process at once, with exit code 128 + its number.
  int Wait();

 private:
  sigset_t signals_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_STOP_SIGNALS_H_
