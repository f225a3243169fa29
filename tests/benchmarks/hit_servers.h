#ifndef SESSIONBROKER_TESTS_BENCHMARKS_HIT_SERVERS_H_
#define SESSIONBROKER_TESTS_BENCHMARKS_HIT_SERVERS_H_

#include <cstddef>
#include <string>

// The two servers that the hit benchmark compares: each is a process of its own, so that its CPU
// time is its own. Both listen on a free port of 127.0.0.1 with the broker's limits, write
// "127.0.0.1:PORT" to `ready_file` and serve until they are killed. Both answer GetSession.
namespace sessionbroker::benchmarks {

// The account whose session the broker has in hand.
inline constexpr char kProvider[] = "vtiger";
inline constexpr char kAccount[] = "crm-main";

// How the servers are reached, and what for that lies in `material` (WriteMaterial).
struct Reach {
  std::string identity;
  std::string material;
};

// The broker without its HTTP half: rules, quotas, audit log (to a file beside
// `ready_file`), session manager, metrics and service are the real ones;
// the session came from a double.
[[noreturn]] void ServeBroker(const Reach& reach, const std::string& ready_file);

// gRPC alone: an ordinary generated callback method that answers with one string field,
// `message_size` bytes with everything, and does nothing else: it asks nobody who he is.
[[noreturn]] void ServeBare(const Reach& reach, const std::string& ready_file,
                            std::size_t message_size);

}  // namespace sessionbroker::benchmarks

#endif  // SESSIONBROKER_TESTS_BENCHMARKS_HIT_SERVERS_H_
