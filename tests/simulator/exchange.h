#ifndef SESSIONBROKER_TESTS_SIMULATOR_EXCHANGE_H_
#define SESSIONBROKER_TESTS_SIMULATOR_EXCHANGE_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulator/clock.h"
#include "tests/simulator/fault.h"
#include "tests/simulator/message.h"
#include "tests/simulator/wire.h"

namespace sessionbroker::simulator {

// Status line and headers with a blank line, and the body in one string.
struct Rendered {
  std::string head;
  std::string body;  // Empty for HEAD.
};
Rendered Render(const Request& request, const Reply& reply, absl::Time date,
                const Pairs& extra_headers = {});

// Whether a request gets to the provider with that in its way.
bool Reaches(const Trouble& trouble);

// Answers a request as `trouble` has it. `handle` asks the family; `answered` gets the outcome
// right before the first byte goes out, or where none will: the family's own where it decides what
// the client is told, else "fault:" and the name. True to keep the connection.
bool Exchange(const Request& request, const Trouble& trouble, const Clock& clock,
              const std::function<Reply(const Request&)>& handle,
              const std::function<void(const std::string& outcome)>& answered, Wire& wire);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_EXCHANGE_H_
