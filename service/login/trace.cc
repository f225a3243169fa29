#include "service/login/trace.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;
using Names = std::set<std::string>;

// Enough to tell one from another, too little to use it.
constexpr std::size_t kShownBytes = 4;
constexpr std::size_t kShortestShown = 16;

// Stand in a request that is built to be shown; no encoder changes a character of them.
constexpr char kRedactedMark[] = "__redacted__";
constexpr char kCutMark[] = "__cut__";

void AddNames(const Expression& expression, Names& names) {
  names.insert(expression.names().begin(), expression.names().end());
}

void AddNames(const Template& value, Names& names) {
  for (const Template::Part& part : value.parts()) {
    if (part.expression != nullptr) AddNames(*part.expression, names);
  }
}

bool UsesAny(const Expression& expression, const Names& names) {
  return std::any_of(expression.names().begin(), expression.names().end(),
                     [&names](const std::string& name) { return names.contains(name); });
}

bool LooksLikeKey(absl::string_view text) {
  return text.size() >= kShortestShown &&
         std::none_of(text.begin(), text.end(), absl::ascii_isspace) &&
         std::any_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// What a session, or what an account keeps, is made of.
Names NamesInSession(const Program& program) {
  Names names;
  AddNames(program.session().id, names);
  for (const AttachTemplate& attach : program.session().attach) {
    if (attach.value.has_value()) AddNames(*attach.value, names);
  }
  for (const NamedExpression& keep : program.keep()) AddNames(keep.expression, names);
  // A later `let` may use an earlier one.
  for (auto step = program.steps().rbegin(); step != program.steps().rend(); ++step) {
    for (auto let = step->let.rbegin(); let != step->let.rend(); ++let) {
      if (names.contains(let->name)) AddNames(let->expression, names);
    }
  }
  return names;
}

// The values that may be sessions or lead to one, and what `let` makes of them.
Names NamesOfSessions(const Program& program, const Bindings& bindings) {
  const Names in_session = NamesInSession(program);
  Names names = {"session.id"};
  const auto is_key = [&bindings](const std::string& name) {
    const auto value = bindings.find(name);
    return value != bindings.end() && value->second.type() == Type::kText &&
           LooksLikeKey(value->second.text());
  };
  for (const NamedTemplate& attribute : program.session().attributes) {
    const std::string name = absl::StrCat("session.", attribute.name);
    if (is_key(name)) names.insert(name);
  }
  for (const Conversation conversation :
       {Conversation::kLogin, Conversation::kProbe, Conversation::kLogout}) {
    for (const Step& step : program.steps(conversation)) {
      for (const NamedExpression& let : step.let) {
        if (UsesAny(let.expression, names)) names.insert(let.name);
      }
      for (const ExtractRule& rule : step.extract) {
        if (is_key(rule.name) || in_session.contains(rule.name)) names.insert(rule.name);
      }
    }
  }
  return names;
}

// The beginning of `text`, then `ellipsis`; of a short one nothing.
std::string Beginning(absl::string_view text, absl::string_view ellipsis) {
  std::size_t size = text.size() < kShortestShown ? 0 : kShownBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.empty() ? "" : absl::StrCat(text.substr(0, size), ellipsis);
}

}  // namespace

TracedRequest TraceRequest(const Program& program, Conversation conversation, std::size_t step,
                           const Destination& destination, const Bindings& bindings,
                           const std::vector<EvaluatedValue>& values,
                           const SensitiveTexts& secrets) {
  const Names sessions = NamesOfSessions(program, bindings);
  const TemplateEvaluator::Show show = [&sessions](const EvaluatedValue& evaluated) {
    if (evaluated.expression->taint() >= Taint::kSealed) return Value::Text(kRedactedMark);
    if (evaluated.value.type() != Type::kText || !UsesAny(*evaluated.expression, sessions)) {
      return evaluated.value;
    }
    return Value::Text(Beginning(evaluated.value.text(), kCutMark));
  };
  TemplateEvaluator evaluator = TemplateEvaluator::Replaying(bindings, values, show);
  const RequestTemplate& request = program.steps(conversation)[step].request;
  absl::StatusOr<http::Request> shown = BuildRequest(request, destination, evaluator);
  TracedRequest traced{conversation, step, {}};
  if (!shown.ok()) {
    // A URL of which a part is redacted leads nowhere.
    traced.request.method = request.method;
    traced.request.url = "<redacted>";
    return traced;
  }
  const auto finish = [&secrets](const std::string& text) {
    return absl::StrReplaceAll(secrets.Redacted(text),
                               {{kRedactedMark, "<redacted>"}, {kCutMark, "…"}});
  };
  traced.request = *std::move(shown);
  traced.request.url = finish(traced.request.url);
  for (http::Header& header : traced.request.headers) header.value = finish(header.value);
  traced.request.body = finish(traced.request.body);
  return traced;
}

std::vector<TracedValue> TraceValues(const Program& program, Conversation conversation,
                                     std::size_t step, const Bindings& bindings,
                                     const SensitiveTexts& sensitive) {
  const Names sessions = NamesOfSessions(program, bindings);
  std::vector<TracedValue> values;
  for (const ExtractRule& rule : program.steps(conversation)[step].extract) {
    const auto found = bindings.find(rule.name);
    if (found == bindings.end()) continue;
    const WipedBytes bytes = TextOf(found->second);
    const absl::string_view text = View(bytes);
    std::string shown = sensitive.Redacted(text);
    // What is redacted says enough.
    if (shown == text && sessions.contains(rule.name)) shown = Beginning(text, "…");
    values.push_back(TracedValue{rule.name, found->second.type(), std::move(shown)});
  }
  return values;
}

}  // namespace sessionbroker::login
