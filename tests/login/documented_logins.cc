#include "tests/login/documented_logins.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/calls/completion.h"
#include "service/calls/request_check.h"
#include "service/calls/verdict.h"
#include "service/config/diagnostics.h"
#include "service/config/document.h"
#include "service/crypto/random.h"
#include "service/login/definitions.h"
#include "service/login/given_values.h"
#include "service/login/run.h"
#include "service/nonces/sequence.h"
#include "tests/login/programs.h"

namespace sessionbroker::login {
namespace {

constexpr char kArrow[] = " → ";
const absl::Time kPageTime = absl::FromUnixSeconds(1795290140);

// Each top-level key of a piece, with its lines.
std::vector<std::pair<std::string, std::string>> EntriesOf(absl::string_view piece) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const absl::string_view line : absl::StrSplit(piece, '\n')) {
    std::string key;
    if (RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), "^([a-z_]+):", &key)) {
      entries.emplace_back(key, "");
    }
    if (!entries.empty() && !line.empty()) absl::StrAppend(&entries.back().second, line, "\n");
  }
  return entries;
}

std::string IndentedBy(int indent, absl::string_view block) {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(block, '\n')) {
    if (!line.empty()) absl::StrAppend(&out, std::string(indent, ' '), line, "\n");
  }
  return out;
}

bool Is(absl::string_view key, const std::vector<absl::string_view>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

const std::vector<absl::string_view> kStepKeys = {"if",    "let",   "answers",   "extract",
                                                  "check", "clock", "valid_for", "request"};
const std::vector<absl::string_view> kRequestKeys = {"method",  "path",      "url",  "query",
                                                     "headers", "cookies",   "form", "json",
                                                     "xml",     "multipart", "raw"};
const std::vector<absl::string_view> kSessionKeys = {
    "id", "attributes", "attach", "idle", "absolute", "expires", "signing_required", "bound_to"};

// The entries of some keys; `defaults` for those of its keys that the piece does not have.
std::string EntriesFor(const std::string& piece, const std::vector<absl::string_view>& keys,
                       const std::string& defaults, int indent) {
  std::string out;
  std::vector<std::string> there;
  for (const auto& [key, text] : EntriesOf(piece)) {
    if (!Is(key, keys)) continue;
    there.push_back(key);
    absl::StrAppend(&out, text);
  }
  for (const auto& [key, text] : EntriesOf(defaults)) {
    if (!Is(key, {there.begin(), there.end()})) absl::StrAppend(&out, text);
  }
  return IndentedBy(indent, out);
}

bool Has(const std::string& piece, absl::string_view wanted) {
  for (const auto& [key, text] : EntriesOf(piece)) {
    if (key == wanted) return true;
  }
  return false;
}

std::string RequestOf(const std::string& piece) {
  bool has_body = false;
  for (const char* body : {"form", "json", "xml", "multipart", "raw"}) {
    has_body = has_body || Has(piece, body);
  }
  return absl::StrCat("    request:\n",
                      EntriesFor(piece, kRequestKeys,
                                 absl::StrCat("method: ", has_body ? "POST" : "GET", "\n",
                                              Has(piece, "url") ? "" : "path: /login\n",
                                              "query: {u: \"${account.user}\"}\n"),
                                 6));
}

// The piece's definition, with these checks at its end.
std::string DefinitionOf(const std::string& piece, const std::vector<std::string>& used) {
  std::vector<absl::string_view> inner = kStepKeys;
  inner.insert(inner.end(), kRequestKeys.begin(), kRequestKeys.end());
  inner.insert(inner.end(), kSessionKeys.begin(), kSessionKeys.end());
  std::string out;
  for (const auto& [key, text] : EntriesOf(piece)) {
    if (!Is(key, inner)) absl::StrAppend(&out, text);
  }
  if (!Has(piece, "login")) {
    absl::StrAppend(&out, "login:\n  - step: s\n", Has(piece, "request") ? "" : RequestOf(piece),
                    EntriesFor(piece, kStepKeys, "answers: [{when: {status: 200}, then: ok}]\n", 4),
                    "  - step: end\n    request: {method: GET, path: /end}\n"
                    "    answers: [{then: ok}]\n    extract: {session: json:/session}\n");
    if (!used.empty()) absl::StrAppend(&out, "    check:\n");
    for (const std::string& check : used) absl::StrAppend(&out, "      - ", check, "\n");
  }
  absl::StrAppend(&out, "session:\n",
                  EntriesFor(piece, kSessionKeys, "id: ${session}\nattach: [{query: sid}]\n", 2));
  if (!Has(piece, "account") && absl::StrContains(out, "account.user")) {
    absl::StrAppend(&out, "account: {user: The login name.}\n");
  }
  if (absl::StrContains(out, "secret.key")) absl::StrAppend(&out, "secrets: {key: The key.}\n");
  return absl::StrCat("schema: 1\nprovider: acme\n", out);
}

struct Written {
  http::Response response;
  absl::Duration after = absl::Seconds(1);
};

// STATUS [NAME: VALUE | BODY] [after DURATION]
Written ReadAnswer(const std::string& text) {
  Written answer;
  std::string rest;
  std::string after;
  if (!RE2::FullMatch(text, "([0-9]{3})(?: (.*?))?(?: after ([0-9]+[smh]))?",
                      &answer.response.status, &rest, &after)) {
    ADD_FAILURE() << "no answer: " << text;
  }
  if (!after.empty()) absl::ParseDuration(after, &answer.after);
  std::string name;
  std::string value;
  if (RE2::FullMatch(rest, "([A-Z][A-Za-z-]+): (.*)", &name, &value)) {
    answer.response.headers.push_back(http::Header{name, value});
  } else {
    answer.response.body = rest;
  }
  return answer;
}

std::string Revealed(const secrets::Secret& secret) {
  return std::string(secret.Reveal(secrets::RevealToken::Issue()));
}

std::string TextOfValue(const Value& value) {
  switch (value.type()) {
    case Type::kTime:
      return absl::FormatTime(absl::RFC3339_full, value.time(), absl::UTCTimeZone());
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    default:
      return std::string(value.data());
  }
}

// Numbers by the rules of the broker's own sequences.
class Numbers {
 public:
  absl::StatusOr<int64_t> Next(const NumberRequest& wanted, absl::Time now) {
    nonces::SequenceSpec spec;
    spec.unit = wanted.spec.unit == SequenceSpec::Unit::kCount ? nonces::SequenceSpec::Unit::kCount
                : wanted.spec.unit == SequenceSpec::Unit::kMilliseconds
                    ? nonces::SequenceSpec::Unit::kMilliseconds
                    : nonces::SequenceSpec::Unit::kSeconds;
    spec.start = wanted.spec.start;
    spec.max = wanted.spec.max;
    spec.max_ahead = wanted.spec.max_ahead;
    nonces::SequenceState& state = states_[wanted.id];
    while (true) {
      const nonces::Decision decision = nonces::Next(spec, state, wanted.above, 1, now);
      if (const auto* error = std::get_if<absl::Status>(&decision)) return *error;
      if (const auto* block = std::get_if<nonces::ReserveBlock>(&decision)) {
        state = nonces::Reserved(state, *block);
        continue;
      }
      const int64_t value = std::get<nonces::Issue>(decision).value;
      state = nonces::Issued(state, value);
      return value;
    }
  }

 private:
  std::map<SequenceId, nonces::SequenceState> states_;
};

class Player {
 public:
  explicit Player(std::shared_ptr<const Program> program) : program_(std::move(program)) {
    std::map<std::string, std::string> parameters;
    for (const ParameterSpec& parameter : program_->parameters()) {
      if (!parameter.default_value.has_value()) parameters[parameter.name] = "jane";
    }
    std::map<std::string, std::string> secrets;
    for (const std::string& name : program_->secrets()) secrets[name] = "s3cr3t-k3y";
    account_ = MakeAccount(program_, parameters, secrets);
    account_->origins = {*http::BaseUrl::Create("https://auth.example.com")};
  }

  // What is not as the line says.
  std::string PlayLine(const std::string& line) {
    const std::vector<std::string> parts = absl::StrSplit(line, kArrow);
    if (parts.size() != 2) return absl::StrCat("no login: ", line, "\n");
    std::vector<std::string> answers;
    const std::string asked(absl::StripAsciiWhitespace(parts[0]));
    if (asked != "no request") answers = absl::StrSplit(asked, " then ");
    facts_.clear();
    failure_.clear();
    Bindings known;
    if (absl::string_view call = asked; absl::ConsumePrefix(&call, "call ")) {
      PlayCall(std::string(call));
    } else {
      Run run = Begun(answers);
      Converse(run, answers);
      known = run.bindings();
    }
    for (const auto& [name, value] : known) {
      if (value.type() == Type::kText || value.type() == Type::kInt ||
          value.type() == Type::kBool || value.type() == Type::kTime) {
        facts_.push_back(absl::StrCat(name, " = ", TextOfValue(value)));
      }
    }
    std::string wrong;
    for (const absl::string_view result : absl::StrSplit(parts[1], ", ")) {
      absl::string_view name = result;
      const bool holds = absl::ConsumePrefix(&name, "no ")
                             ? !known.contains(std::string(name))
                             : Is(result, {facts_.begin(), facts_.end()});
      if (!holds) absl::StrAppend(&wrong, "  not so: ", result, "\n");
    }
    // A login that fails must be told to.
    if (!failure_.empty() && !absl::StrContains(parts[1], failure_)) {
      absl::StrAppend(&wrong, "  it failed: ", failure_, "\n");
    }
    if (wrong.empty()) return "";
    return absl::StrCat(line, "\n", wrong, "  but: ", absl::StrJoin(facts_, "\n       "), "\n");
  }

  // A login's first request.
  std::string PlayBody(const std::string& expected) {
    account_->parameters["user"] = "a&b";
    Run run(account_, "session-broker/1", &crypto::SystemRandom());
    const Run::Action action = run.Next(base::BootTime(), kPageTime);
    const auto* request = std::get_if<http::Request>(&action);
    if (request == nullptr) return "nothing is sent\n";
    std::string sent = absl::StrReplaceAll(request->body, {{"\r\n", "\n"}});
    for (const http::Header& header : request->headers) {
      if (header.name == "Cookie") sent = absl::StrCat("Cookie: ", header.value);
    }
    if (absl::StripSuffix(sent, "\n") == expected) return "";
    return absl::StrCat("sent: ", sent, "\nexpected: ", expected, "\n");
  }

 private:
  // A login, or what is named before its one answer: a probe or logout of the session "s1".
  Run Begun(std::vector<std::string>& answers) const {
    for (const Conversation conversation : {Conversation::kProbe, Conversation::kLogout}) {
      const std::string prefix = absl::StrCat(NameOf(conversation), " ");
      if (answers.empty() || !absl::StartsWith(answers[0], prefix)) continue;
      answers[0].erase(0, prefix.size());
      auto session = std::make_shared<Grant>();
      session->id = secrets::Secret("s1");
      return Run(account_, conversation, session, "session-broker/1", &crypto::SystemRandom());
    }
    Run run(account_, "session-broker/1", &crypto::SystemRandom());
    run.Recall(kept_);
    return run;
  }

  // A caller's request, or the answer to one.
  void PlayCall(const std::string& call) {
    std::string method;
    std::string path;
    std::string query;
    std::string body;
    if (!RE2::FullMatch(call, "([A-Z]+) ([^ ?]+)(?:\\?([^ ]*))?(?: (.*))?", &method, &path, &query,
                        &body)) {
      const calls::Verdict verdict = calls::Judge(*program_, ReadAnswer(call).response);
      facts_.push_back(verdict.outcome.has_value() ? std::string(NameOf(*verdict.outcome))
                                                   : "says nothing");
      if (verdict.outcome == Outcome::kNonceRejected) {
        facts_.push_back(absl::StrCat("then ", NameOf(verdict.after_retry)));
      }
      return;
    }
    calls::Request request{method, path, ParametersIn(query), {}, {}};
    std::string header;
    if (std::string value; RE2::FullMatch(body, "([A-Z][A-Za-z-]+): (.*)", &header, &value)) {
      request.headers.push_back({header, value});
    } else if (absl::StartsWith(body, "{")) {
      request.body = calls::RawBody{body};
    } else if (!body.empty()) {
      request.body = calls::FormBody{ParametersIn(body)};
    }
    Grant session;
    session.id = secrets::Secret("s1");
    for (const AttachTemplate& attach : program_->session().attach) {
      session.attachments.push_back({attach.location, attach.name, session.id, attach.methods});
    }
    calls::Ingredients ingredients{.session = &session,
                                   .numbers = {},
                                   .now = kPageTime,
                                   .random = &crypto::SystemRandom(),
                                   .sender = calls::Sender::kBroker,
                                   .user_agent = "session-broker/1"};
    const auto needs = calls::NumbersFor(*account_);
    for (const calls::NumberNeed& need : *needs) {
      facts_.push_back(absl::StrCat(need.sequence, need.in_order ? " in order" : " in any order"));
      ingredients.numbers[need.sequence] = *numbers_.Next(need.number, kPageTime);
    }
    if (!calls::CheckSender(*program_, calls::Sender::kCaller).ok()) {
      facts_.push_back("sent by the broker alone");
    }
    const absl::Status checked =
        calls::CheckRequest(request, calls::ReservedBy(*program_), calls::RequestLimits());
    const auto completed = calls::Complete(*account_, request, ingredients);
    if (!checked.ok() || !completed.ok()) {
      failure_ = std::string(
          base::NameOf(base::DetailsOf(checked.ok() ? completed.status() : checked).reason));
      facts_.push_back(failure_);
      return;
    }
    NoteRequest(completed->request);
  }

  static std::vector<calls::Parameter> ParametersIn(const std::string& text) {
    std::vector<calls::Parameter> parameters;
    const std::optional<Value> params = ParseValue(text, Type::kParams);
    for (const Param& param : params->params()) {
      parameters.push_back({std::string(param.name()), std::string(param.value())});
    }
    return parameters;
  }

  void Converse(Run& run, const std::vector<std::string>& answers) {
    absl::Duration passed;
    std::size_t next = 0;
    std::set<std::size_t> steps;
    while (true) {
      Run::Action action = run.Next(base::BootTime(passed), kPageTime + passed);
      if (auto* number = std::get_if<NumberRequest>(&action)) {
        run.FeedNumber(numbers_.Next(*number, kPageTime + passed));
      } else if (auto* request = std::get_if<http::Request>(&action)) {
        if (absl::EndsWith(request->url, "/end")) {
          http::Response end;
          end.status = 200;
          end.body = R"({"session":"s1"})";
          run.Feed(end);
          continue;
        }
        if (!steps.insert(run.exchanges().back().step).second) facts_.push_back("starts over");
        NoteRequest(*request);
        if (next == answers.size()) {
          failure_ = "no answer is left";
          return;
        }
        const Written answer = ReadAnswer(std::string(absl::StripAsciiWhitespace(answers[next++])));
        passed += answer.after;
        run.Feed(answer.response);
      } else {
        if (next < answers.size()) failure_ = "answers are left";
        if (auto* grant = std::get_if<Grant>(&action)) NoteGrant(*grant);
        if (auto* outcome = std::get_if<Outcome>(&action)) {
          facts_.push_back(std::string(NameOf(*outcome)));
        }
        if (auto* failure = std::get_if<Failure>(&action)) NoteFailure(*failure);
        break;
      }
    }
    kept_ = run.kept();
    for (const auto& [name, kept] : kept_) {
      facts_.push_back(absl::StrCat("keeps ", name, " = ", Revealed(kept.value)));
    }
    if (kept_.empty()) facts_.push_back("keeps nothing");
  }

  void NoteRequest(const http::Request& request) {
    std::string said = absl::StrCat("sends ", request.method, " ",
                                    absl::StripPrefix(request.url, "https://example.com"));
    if (!request.body.empty()) absl::StrAppend(&said, " ", request.body);
    facts_.push_back(std::move(said));
    for (const http::Header& header : request.headers) {
      facts_.push_back(absl::StrCat("sends ", header.name, ": ", header.value));
    }
  }

  void NoteGrant(const Grant& grant) {
    const auto note = [this](auto... text) { facts_.push_back(absl::StrCat(text...)); };
    note("ok");
    note("session ", Revealed(grant.id));
    if (grant.idle.has_value()) note("idle ", absl::FormatDuration(*grant.idle));
    if (grant.absolute.has_value()) note("ends in ", absl::FormatDuration(*grant.absolute));
    if (!grant.idle.has_value() && !grant.absolute.has_value()) note("never ends");
    for (const auto& [name, value] : grant.attributes) note("attribute ", name, " = ", value);
    for (const Attachment& attachment : grant.attachments) {
      note(NameOf(attachment.location), " ", attachment.name, ": ", Revealed(attachment.value),
           attachment.methods.empty() ? "" : " with ", absl::StrJoin(attachment.methods, " "));
    }
    if (grant.signing_required) note("needs signatures");
    if (!grant.bound_user_agent.empty()) note("tied to ", grant.bound_user_agent);
    if (grant.bound_to_address) note("tied to an address");
    NoteRenewal();
  }

  void NoteRenewal() {
    const auto note = [this](const char* what, const auto& value, const char* unit) {
      if (value.has_value()) facts_.push_back(absl::StrCat(what, *value, unit));
    };
    const auto note_time = [this](const char* what, const std::optional<absl::Duration>& time) {
      if (time.has_value()) facts_.push_back(absl::StrCat(what, absl::FormatDuration(*time)));
    };
    const config::Renewal renewal = RenewalOf(*account_);
    note("advisory ", renewal.advisory_percent, " %");
    note("early ", renewal.early_percent, " %");
    note("mandatory ", renewal.mandatory_percent, " %");
    note_time("mandatory at most ", renewal.mandatory_at_most);
    note("margin ", renewal.margin_percent, " %");
    note_time("margin at most ", renewal.margin_at_most);
    note_time("demand ", renewal.demand);
    note("", renewal.max_logins_per_hour, " logins an hour");
  }

  void NoteFailure(const Failure& failure) {
    const base::ErrorDetails details = base::DetailsOf(failure.status);
    failure_ = std::string(base::NameOf(details.reason));
    facts_.push_back(failure_);
    if (details.retry_after.has_value()) {
      facts_.push_back(absl::StrCat("wait ", absl::FormatDuration(*details.retry_after)));
    }
    facts_.push_back(std::string(failure.status.message()));
  }

  const std::shared_ptr<const Program> program_;
  std::shared_ptr<Account> account_;
  KeptValues::Values kept_;
  Numbers numbers_;
  std::vector<std::string> facts_;
  std::string failure_;
};

// The names that the answer's JSON body has, extracted as what they are.
std::string ExtractionOf(const std::string& answer, const std::string& life) {
  std::string out;
  re2::StringPiece rest(answer);
  std::string name;
  std::string quote;
  while (RE2::FindAndConsume(&rest, "\"([a-z_]+)\":(\"?)", &name, &quote)) {
    absl::StrAppend(
        &out, "  ", name, ": {from: json:/", name, ", type: ", quote.empty() ? "int" : "text",
        absl::StrContains(life, absl::StrCat("has(", name, ")")) ? ", optional: true" : "", "}\n");
  }
  return out.empty() ? "" : absl::StrCat("extract:\n", out);
}

// What stands in code marks, in order.
std::vector<std::string> Marked(absl::string_view cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  std::vector<std::string> marked;
  for (std::size_t i = 1; i < parts.size(); i += 2) marked.push_back(parts[i]);
  return marked;
}

void ReadLives(absl::string_view page, std::vector<DocumentedLogins>* all) {
  const std::string head = "| The provider tells | Write | Answer | It |\n|---|---|---|---|\n";
  const std::size_t begin = page.find(head);
  if (begin == absl::string_view::npos) return;
  for (const absl::string_view row : absl::StrSplit(page.substr(begin + head.size()), '\n')) {
    if (!absl::StartsWith(row, "|")) break;
    const std::vector<std::string> cells = absl::StrSplit(row, " | ");
    if (cells.size() != 4) {
      ADD_FAILURE() << std::string(row);
      continue;
    }
    const std::vector<std::string> told = Marked(cells[0]);
    const std::string life = absl::StrJoin(Marked(cells[1]), "\n");
    const std::string answer = absl::StrJoin(Marked(cells[2]), "");
    DocumentedLogins logins;
    logins.piece = absl::StrCat(
        life, "\n",
        told.empty() ? ExtractionOf(answer, life)
                     : absl::StrCat("extract:\n", IndentedBy(2, absl::StrJoin(told, "\n"))));
    logins.lines = {
        absl::StrCat("200 ", answer, kArrow,
                     absl::StripSuffix(absl::StripTrailingAsciiWhitespace(cells[3]), " |"))};
    all->push_back(std::move(logins));
  }
}

}  // namespace

std::vector<DocumentedLogins> ReadDocumentedLogins(absl::string_view page) {
  std::vector<DocumentedLogins> all;
  const std::string text(page);
  re2::StringPiece rest(text);
  std::string piece;
  std::string after;
  while (RE2::FindAndConsume(
      &rest, "(?s)```yaml\n((?:[^`]|`[^`])*?)```\n(?:[^\n`]+:\n)?```text\n(.*?)\n```\n", &piece,
      &after)) {
    DocumentedLogins logins;
    logins.piece = piece;
    if (absl::StrContains(after, kArrow)) {
      logins.lines = absl::StrSplit(after, '\n');
    } else {
      logins.body = after;
    }
    all.push_back(std::move(logins));
  }
  ReadLives(page, &all);
  return all;
}

std::string DefinitionWith(const std::string& piece) {
  if (absl::StartsWith(piece, "schema:")) return piece;
  // What only the page's reader looks at would be refused as of no use.
  std::vector<std::string> used;
  const auto mistakes_match = [&](const char* pattern) {
    config::Diagnostics diagnostics;
    LoadDefinition("page", DefinitionOf(piece, used), &diagnostics);
    const std::string mistakes = diagnostics.ToString();
    re2::StringPiece rest(mistakes);
    std::vector<std::string> names;
    std::string name;
    while (RE2::FindAndConsume(&rest, pattern, &name)) names.push_back(name);
    return names;
  };
  for (const std::string& name : mistakes_match("\"([A-Za-z_]+)\" is not used anywhere")) {
    used.push_back(absl::StrCat("has(", name, ") || true"));
  }
  for (const std::string& name : mistakes_match("\"([A-Za-z_]+)\" is not optional")) {
    std::replace(used.begin(), used.end(), absl::StrCat("has(", name, ") || true"),
                 absl::StrCat(name, " == ", name));
  }
  return DefinitionOf(piece, used);
}

std::string Play(const DocumentedLogins& logins, definition::v1::Definition* definition) {
  const std::string yaml = DefinitionWith(logins.piece);
  config::Diagnostics diagnostics;
  const std::shared_ptr<const Program> program = LoadDefinition("page", yaml, &diagnostics);
  if (program == nullptr) return absl::StrCat(diagnostics.ToString(), yaml);
  config::ReadYaml("page", yaml, definition, &diagnostics);
  Player player(program);
  if (logins.lines.empty()) return player.PlayBody(logins.body);
  std::string wrong;
  for (const std::string& line : logins.lines) absl::StrAppend(&wrong, player.PlayLine(line));
  return wrong;
}

}  // namespace sessionbroker::login
