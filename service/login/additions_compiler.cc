#include "service/login/additions_compiler.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/login/answers_compiler.h"
#include "service/login/let_compiler.h"
#include "service/login/request_compiler.h"
#include "service/login/session_request_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

constexpr absl::string_view kBody = "request.body";

// A name of the request in expressions.
struct RequestName {
  const char* name;
  Covered part;
  Type type;
  // A digest over it is good for this request only, or for others that are like it in this.
  bool is_content;
};
constexpr RequestName kRequestNames[] = {
    {"request.method", Covered::kMethod, Type::kText, false},
    {"request.origin", Covered::kHost, Type::kText, false},
    {"request.host", Covered::kHost, Type::kText, false},
    {"request.path", Covered::kPath, Type::kText, true},
    {"request.query", Covered::kQuery, Type::kParams, true},
    {"request.headers", Covered::kHeaders, Type::kParams, false},
    {"request.form", Covered::kForm, Type::kParams, true},
    {"request.body", Covered::kBody, Type::kBytes, true},
};

std::optional<Covered> ToCovered(pb::Covered covered) {
  switch (covered) {
    case pb::COVERED_METHOD:
      return Covered::kMethod;
    case pb::COVERED_HOST:
      return Covered::kHost;
    case pb::COVERED_PATH:
      return Covered::kPath;
    case pb::COVERED_QUERY:
      return Covered::kQuery;
    case pb::COVERED_HEADERS:
      return Covered::kHeaders;
    case pb::COVERED_FORM:
      return Covered::kForm;
    case pb::COVERED_BODY:
      return Covered::kBody;
    default:
      return std::nullopt;
  }
}

// What the session attaches comes first and is there already.
void CheckAgainstSession(const std::vector<NamedTemplate>& fields, Location location,
                         const std::string& path, const SessionTemplate& session,
                         CompileContext& context) {
  for (const NamedTemplate& field : fields) {
    for (const AttachTemplate& attach : session.attach) {
      const bool same = location == Location::kHeader
                            ? absl::EqualsIgnoreCase(attach.name, field.name)
                            : attach.name == field.name;
      if (attach.location != location || !same) continue;
      context.Add(Member(path, field.name),
                  absl::StrCat("\"", field.name, "\" is attached by the session already"));
    }
  }
}

// Of pb::Sign or pb::Inject, all but `covers`; what covers lists is known to `context`.
template <typename Message>
AdditionsTemplate CompileParts(const Message& given, const std::string& path, Taint highest,
                               CompileContext& context) {
  const ValuePlace query = {"a query parameter", kScalarTypes, highest};
  const ValuePlace form = {"a form field", kScalarTypes, highest};
  const ValuePlace header = {"a header", kScalarTypes, highest};
  const ValuePlace cookie = {"a cookie", kScalarTypes, highest};
  AdditionsTemplate out;
  std::set<std::string> used_before;
  used_before.swap(context.used);

  Scope::Name body;
  const auto known = context.scope.names.find(std::string(kBody));
  const bool grows = !given.form().empty() && known != context.scope.names.end();
  if (grows) {
    body = known->second;
    context.scope.names.erase(known);
    context.scope.elsewhere[std::string(kBody)] =
        "here it is not yet what is sent, as `form` adds to it; request.form is what it adds to";
  }
  out.let = CompileLet(given.let(), Member(path, "let"), /*may_be_skipped=*/false, context);
  out.query = CompileFields(given.query(), Member(path, "query"), query, context);
  out.form = CompileFields(given.form(), Member(path, "form"), form, context);
  if (grows) {
    context.scope.names[std::string(kBody)] = body;
    context.scope.elsewhere.erase(std::string(kBody));
  }
  out.headers = CompileHeaders(given.headers(), Member(path, "headers"), header, context);
  out.cookies =
      CompileCookies(given.cookies(), given.headers(), Member(path, "cookies"), cookie, context);

  out.names = context.used;
  out.sequences = SequencesAmong(out.names);
  context.used.merge(used_before);
  return out;
}

// The parts of the request that a definition may look at become known. Those in `constant` seal
// nothing.
void KnowRequest(const std::set<Covered>& parts, const std::set<Covered>& constant, Scope* scope) {
  for (const RequestName& name : kRequestNames) {
    if (parts.contains(name.part)) {
      const bool fresh = name.is_content && !constant.contains(name.part);
      scope->names[name.name] = Scope::Name{name.type, fresh ? Taint::kFresh : Taint::kConstant,
                                            /*optional=*/false};
    } else {
      scope->elsewhere[name.name] = absl::StrCat("`covers` does not list ", NameOf(name.part));
    }
  }
}

// Every set, but the empty one, of what is covered and can be empty.
std::vector<std::set<Covered>> WhatMayBeEmpty(const std::set<Covered>& covers) {
  std::vector<std::set<Covered>> sets = {{}};
  for (const Covered part : {Covered::kQuery, Covered::kForm, Covered::kBody}) {
    if (!covers.contains(part)) continue;
    for (std::size_t i = 0, count = sets.size(); i < count; ++i) {
      std::set<Covered> with = sets[i];
      with.insert(part);
      sets.push_back(std::move(with));
    }
  }
  sets.erase(sets.begin());
  return sets;
}

// Leaves the scope of calls: what was declared there is a name of the definition too, and what
// needs no use is used.
void Leave(Scope outside, CompileContext& context) {
  outside.names.insert(context.scope.names.begin(), context.scope.names.end());
  context.scope = std::move(outside);
  for (const RequestName& name : kRequestNames) context.used.insert(name.name);
}

template <typename Message>
AdditionsTemplate CompileAdditions(const Message& given, const std::string& path,
                                   const std::set<Covered>& parts, Taint highest,
                                   const SessionTemplate& session, CompileContext& context) {
  const std::size_t before = context.mistakes();
  const Scope outside = context.scope;
  const Scope inside = ScopeWithin(outside, Conversation::kCall);
  const Conversation conversation = std::exchange(context.conversation, Conversation::kCall);

  context.scope = inside;
  KnowRequest(parts, {}, &context.scope);
  AdditionsTemplate out = CompileParts(given, path, highest, context);
  if (out.query.empty() && out.form.empty() && out.headers.empty() && out.cookies.empty() &&
      context.mistakes() == before && !context.reader_found_mistakes()) {
    context.Add(path, "adds nothing; expected query, form, headers or cookies");
  }
  CheckAgainstSession(out.query, Location::kQuery, Member(path, "query"), session, context);
  CheckAgainstSession(out.form, Location::kForm, Member(path, "form"), session, context);
  CheckAgainstSession(out.headers, Location::kHeader, Member(path, "headers"), session, context);
  CheckAgainstSession(out.cookies, Location::kCookie, Member(path, "cookies"), session, context);

  if (context.mistakes() == before && highest < Taint::kRaw) {
    for (const std::set<Covered>& empty : WhatMayBeEmpty(parts)) {
      const config::SourceMap nowhere("");
      config::Diagnostics ignored;
      CompileContext again(nowhere, &ignored);
      again.conversation = Conversation::kCall;
      again.scope = inside;
      KnowRequest(parts, empty, &again.scope);
      CompileParts(given, path, highest, again);
      if (!again.clean()) out.unsealed_without.insert(empty);
    }
  }
  context.conversation = conversation;
  Leave(outside, context);
  context.call_has_numbers = !out.sequences.empty();
  return out;
}

std::set<Covered> CompileCovers(const pb::Sign& sign, CompileContext& context) {
  std::set<Covered> covers;
  for (int i = 0; i < sign.covers_size(); ++i) {
    const std::string at = Element("sign.covers", i);
    const std::optional<Covered> part = ToCovered(sign.covers(i));
    if (!part.has_value()) {
      context.AddMissing(at);
    } else if (!covers.insert(*part).second) {
      context.Add(at, "stands above already");
    }
  }
  return covers;
}

bool LooksAt(const AdditionsTemplate& additions, Covered part) {
  for (const RequestName& name : kRequestNames) {
    if (name.part == part && additions.names.contains(name.name)) return true;
  }
  return false;
}

}  // namespace

AdditionsTemplate CompileSign(const pb::Sign& sign, const SessionTemplate& session,
                              CompileContext& context) {
  const std::size_t before = context.mistakes();
  const std::set<Covered> covers = CompileCovers(sign, context);
  AdditionsTemplate out = CompileAdditions(sign, "sign", covers, Taint::kSealed, session, context);
  out.covers = covers;
  if (context.mistakes() != before) return out;
  for (int i = 0; i < sign.covers_size(); ++i) {
    const std::optional<Covered> part = ToCovered(sign.covers(i));
    if (!part.has_value() || LooksAt(out, *part)) continue;
    context.Add(Element("sign.covers", i),
                absl::StrCat("nothing of `sign` looks at request.", NameOf(*part),
                             ", so the signature does not cover it"));
  }
  return out;
}

AdditionsTemplate CompileInject(const pb::Inject& inject, const SessionTemplate& session,
                                CompileContext& context) {
  std::set<Covered> all;
  for (const RequestName& name : kRequestNames) all.insert(name.part);
  return CompileAdditions(inject, "inject", all, Taint::kRaw, session, context);
}

CallRules CompileCall(const pb::Call& call, CompileContext& context) {
  Scope outside = context.scope;
  context.scope = ScopeWithin(outside, Conversation::kCall);
  const Conversation conversation = std::exchange(context.conversation, Conversation::kCall);
  CallRules out;
  google::protobuf::RepeatedPtrField<pb::Rule> rules;
  for (const pb::CallRule& given : call.answers()) {
    pb::Rule& rule = *rules.Add();
    *rule.mutable_when() = given.when();
    rule.set_then(given.then());
    rule.set_after_retry(given.after_retry());
  }
  out.answers = CompileRules(rules, "call.answers", &out.sources, context);
  context.conversation = conversation;
  Leave(std::move(outside), context);
  return out;
}

}  // namespace sessionbroker::login
