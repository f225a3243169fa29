#include "service/app/stop_signals.h"

#include <unistd.h>

#include <initializer_list>

namespace sessionbroker::app {
namespace {

// Of its own rather than the default action: the kernel shields process 1 of a container from that.
void ExitAtOnce(int signal) { _exit(128 + signal); }

}  // namespace

StopSignals::StopSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT}) {
    sigaddset(&signals_, signal);
    std::signal(signal, ExitAtOnce);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int StopSignals::Wait() {
  int signal = 0;
  sigwait(&signals_, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  return signal;
}

}  // namespace sessionbroker::app
