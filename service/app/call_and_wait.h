#ifndef SESSIONBROKER_SERVICE_APP_CALL_AND_WAIT_H_
#define SESSIONBROKER_SERVICE_APP_CALL_AND_WAIT_H_

#include <future>
#include <memory>
#include <utility>

#include "service/base/event_loop.h"

namespace sessionbroker::app {

// Makes a call on `loop`, which runs, and waits for what it calls back with. Not on the loop's own
// thread.
template <typename T, typename Call>
T CallAndWait(base::EventLoop* loop, Call call) {
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> result = promise->get_future();
  loop->Post([promise, call = std::move(call)]() mutable {
    call([promise](T value) { promise->set_value(std::move(value)); });
  });
  return result.get();
}

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CALL_AND_WAIT_H_
