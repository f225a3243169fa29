#include "tests/simulator/exchange.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sessionbroker::simulator {
namespace {

constexpr int64_t kHugeHeaderBytes = 1 << 20;
constexpr size_t kBlock = 16 << 10;

const char* Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

std::string HttpDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", time, absl::UTCTimeZone());
}

bool SendAll(Wire& wire, const Rendered& rendered) {
  return wire.Send(absl::StrCat(rendered.head, rendered.body));
}

Pairs Filler(int64_t bytes) {
  Pairs headers;
  const std::string value(1000, 'a');
  for (int64_t sent = 0; sent < bytes; sent += 1000) {
    headers.emplace_back(absl::StrCat("X-Filler-", headers.size()), value);
  }
  return headers;
}

bool SendEndless(const Fault& fault, absl::Time date, Wire& wire) {
  if (!wire.Send(absl::StrCat("HTTP/1.1 200 OK\r\nDate: ", HttpDate(date),
                              "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
                              R"({"success":true,"result":{"token":")"))) {
    return false;
  }
  const std::string block(kBlock, 'a');
  int64_t sent = 0;
  while (fault.bytes == 0 || sent < fault.bytes) {
    const size_t size = fault.bytes == 0
                            ? kBlock
                            : std::min<size_t>(kBlock, static_cast<size_t>(fault.bytes - sent));
    if (!wire.Send(absl::string_view(block).substr(0, size))) return false;
    sent += static_cast<int64_t>(size);
  }
  return false;
}

// The kinds that a request does not survive.
bool IsLost(FaultKind kind) {
  switch (kind) {
    case FaultKind::kClose:
    case FaultKind::kReset:
    case FaultKind::kStall:
    case FaultKind::kStatus:
    case FaultKind::kText:
    case FaultKind::kRedirect:
    case FaultKind::kGarbage:
    case FaultKind::kEndless:
      return true;
    default:
      return false;
  }
}

bool Lose(const Request& request, const Fault& fault, absl::Time date, Wire& wire) {
  Reply reply;
  reply.content_type = fault.content_type;
  reply.body = fault.body;
  switch (fault.kind) {
    case FaultKind::kReset:
      wire.Reset();
      return false;
    case FaultKind::kStall:
      wire.Wait(absl::InfiniteDuration());
      return false;
    case FaultKind::kStatus:
      reply.status = fault.status;
      break;
    case FaultKind::kText:
      if (reply.body.empty()) reply.body = "<html><body>We will be back soon.</body></html>";
      break;
    case FaultKind::kRedirect:
      reply.status = 302;
      reply.headers.emplace_back("Location", fault.location);
      break;
    case FaultKind::kGarbage:
      wire.Send("\x15\x03\x01 220 mail.invalid ESMTP ready\r\n\r\n");
      return false;
    case FaultKind::kEndless:
      return SendEndless(fault, date, wire);
    default:
      return false;
  }
  return SendAll(wire, Render(request, reply, date)) && request.keep_alive;
}

bool Damage(const Request& request, const Fault& fault, const Reply& reply, absl::Time date,
            Wire& wire) {
  if (fault.kind == FaultKind::kHugeHeaders) {
    const Pairs filler = Filler(fault.bytes == 0 ? kHugeHeaderBytes : fault.bytes);
    return SendAll(wire, Render(request, reply, date, filler)) && request.keep_alive;
  }
  Rendered rendered = Render(request, reply, date);
  rendered.body.resize(rendered.body.size() / 2);
  if (!SendAll(wire, rendered)) return false;
  if (fault.kind == FaultKind::kResetMidBody) wire.Reset();
  if (fault.kind == FaultKind::kStallMidBody) wire.Wait(absl::InfiniteDuration());
  return false;
}

Pretence PretenceOf(const Trouble& trouble) {
  if (!trouble.fault) return Pretence::kNone;
  switch (trouble.fault->kind) {
    case FaultKind::kExpiredChallenge:
      return Pretence::kExpiredChallenge;
    case FaultKind::kWrongCredentials:
      return Pretence::kWrongCredentials;
    case FaultKind::kDeadSession:
      return Pretence::kDeadSession;
    default:
      return Pretence::kNone;
  }
}

}  // namespace

Rendered Render(const Request& request, const Reply& reply, absl::Time date,
                const Pairs& extra_headers) {
  Rendered rendered;
  rendered.head = absl::StrCat("HTTP/1.1 ", reply.status, " ", Reason(reply.status),
                               "\r\nDate: ", HttpDate(date), "\r\n");
  for (const Pairs* headers : {&extra_headers, &reply.headers}) {
    for (const auto& [name, value] : *headers) {
      absl::StrAppend(&rendered.head, name, ": ", value, "\r\n");
    }
  }
  if (request.method != "HEAD") {
    absl::StrAppend(&rendered.head, "Content-Length: ", reply.body.size(), "\r\n");
    rendered.body = reply.body;
  }
  if (!request.keep_alive) absl::StrAppend(&rendered.head, "Connection: close\r\n");
  absl::StrAppend(&rendered.head, "Content-Type: ", reply.content_type, "\r\n\r\n");
  return rendered;
}

bool Reaches(const Trouble& trouble) {
  return !trouble.fault || trouble.fault->handle_first || !IsLost(trouble.fault->kind);
}

bool Exchange(const Request& request, const Trouble& trouble, const Clock& clock,
              const std::function<Reply(const Request&)>& handle,
              const std::function<void(const std::string& outcome)>& answered, Wire& wire) {
  if (trouble.latency > absl::ZeroDuration() && !wire.Wait(trouble.latency)) {
    answered("client_gone");
    return false;
  }
  Request asked = request;
  asked.pretence = PretenceOf(trouble);
  // A pretence is answered by the family; any other fault is performed here.
  const Fault* fault =
      trouble.fault && asked.pretence == Pretence::kNone ? &*trouble.fault : nullptr;
  const bool lost = fault != nullptr && IsLost(fault->kind);

  Reply reply;
  if (Reaches(trouble)) reply = handle(asked);
  answered(fault == nullptr ? reply.outcome : absl::StrCat("fault:", FaultName(fault->kind)));

  const absl::Time date = clock.Now();
  if (lost) return Lose(request, *fault, date, wire);
  if (fault != nullptr) return Damage(request, *fault, reply, date, wire);
  return SendAll(wire, Render(request, reply, date)) && request.keep_alive;
}

}  // namespace sessionbroker::simulator
