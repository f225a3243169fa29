#include "service/app/process_signals.h"

#include <unistd.h>

#include <initializer_list>

namespace sessionbroker::app {
namespace {

// Of its own rather than the default action: the kernel shields process 1 of a container from that.
void ExitAtOnce(int signal) { _exit(128 + signal); }

}  // namespace

ProcessSignals::ProcessSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT}) {
    sigaddset(&signals_, signal);
    std::signal(signal, ExitAtOnce);
  }
  sigaddset(&signals_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int ProcessSignals::Wait() {
  int signal = 0;
  sigwait(&signals_, &signal);
  if (signal == SIGHUP) return signal;
  // One that comes while the broker drains asks for nothing.
  sigset_t stops = signals_;
  sigdelset(&stops, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
  return signal;
}

}  // namespace sessionbroker::app
