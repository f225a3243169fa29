// Every function against every place: a secret that goes through any argument of any function, as
// it is or sealed in a digest, reaches the places of a login's requests and of what is injected,
// sealed those of what signs requests too, and no other.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "service/config/diagnostics.h"
#include "service/config/document.h"
#include "service/login/compile_context.h"
#include "service/login/compiler.h"
#include "service/login/expression/functions.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {
namespace {

using definition::v1::Definition;
using definition::v1::Node;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// Sets every text that a definition can have, but that a probe and a logout have one body each,
// which is put where PROBE_BODY and LOGOUT_BODY stand, and that ADDITIONS is `sign` or `inject`.
// What is called use_… only sees to it that every name is used, and stays as it is.
constexpr char kEveryText[] = R"yaml(
schema: 1
provider: p
summary: s
documentation: [d]
assumptions: [a]
account: {user: {about: U, default: d}}
secrets: {key: K}
sequences: {seq: {key: '"x"'}}
keep:
  open: '"x"'
  safe: {value: '"x"', secret: true}
login:
  - step: one
    if: "true"
    let: {made: '"x"'}
    request:
      method: POST
      path: /x/${"x"}
      query: {q: '${"x"}'}
      headers: {X-H: '${"x"}'}
      cookies: {c: '${"x"}'}
      form:
        f: '${"x"}'
        j: {json: {e: '${"x"}'}}
        x: {xml: {e: '${"x"}'}}
        use_user: ${account.user}
        use_key: ${secret.key}
        use_made: ${made}
        use_next: ${next.seq}
        use_open: '${has(kept.open) ? kept.open : ""}'
        use_safe: '${has(kept.safe) ? kept.safe : ""}'
    answers:
      - when: {status: {is: ["429"], contains: ["4"]}}
        then: locked
        extract: {w: {from: json:/w, in: '"x"'}}
        wait: 'w == "" ? seconds(1) : seconds(2)'
      - then: ok
    extract: {t: {from: json:/t, in: '"x"'}}
    check: ["true"]
    valid_for: seconds(1)
    clock: now
  - step: two
    request: {method: POST, path: '/x/${"x"}', json: {e: '${"x"}'}}
    answers: [{then: ok}]
  - step: three
    request: {method: POST, path: '/x/${"x"}', xml: {e: '${"x"}'}}
    answers: [{then: ok}]
  - step: four
    request:
      method: POST
      path: /x/${"x"}
      multipart:
        m: '${"x"}'
        j: {json: {e: '${"x"}'}}
        x: {xml: {e: '${"x"}'}}
        use_t: '${has(t) ? t : ""}'
    answers: [{then: ok}]
  - step: five
    request: {method: POST, path: '/x/${"x"}', raw: {content_type: text/plain, text: '${"x"}'}}
    answers: [{then: ok}]
  - step: six
    request: {method: GET, url: '${"x"}'}
    answers: [{then: ok}]
session:
  id: ${"x"}
  attributes: {a: '${"x"}'}
  attach:
    - {query: s, value: '${"x"}', methods: [GET]}
    - {header: X-S, value: '${"x"}'}
    - {cookie: s, value: '${"x"}'}
    - {form: s, value: '${"x"}'}
    - {json_pointer: /s, value: '${"x"}'}
    - {path_segment: s, value: '${"x"}'}
  idle: ${seconds(1)}
  absolute: ${seconds(1)}
  expires: now
probe:
  request:
PROBE_BODY    query: {q: '${"x"}'}
    headers: {X-H: '${"x"}'}
    cookies: {c: '${"x"}'}
  answers:
    - when: {status: {is: ["429"], contains: ["4"]}}
      then: transient
      extract: {pw: {from: json:/w, in: '"x"'}}
      wait: 'pw == "" ? seconds(1) : seconds(2)'
    - {when: {status: "401"}, then: session_expired}
    - then: ok
  extract: {pt: {from: json:/t, in: '"x"'}}
  check: ['pt == "" || true']
logout:
  request:
LOGOUT_BODY    query: {q: '${"x"}'}
    headers: {X-H: '${"x"}'}
    cookies: {c: '${"x"}'}
  answers:
    - when: {status: {is: ["429"], contains: ["4"]}}
      then: transient
      extract: {lw: {from: json:/w, in: '"x"'}}
      wait: 'lw == "" ? seconds(1) : seconds(2)'
    - then: ok
  extract: {lt: {from: json:/t, in: '"x"'}}
  check: ['lt == "" || true']
ADDITIONS:
  let: {added: '"x"'}
  query: {q: '${"x"}'}
  form: {f: '${"x"}'}
  headers: {X-H: '${"x"}', use_added: '${sha256_hex(string(unix(now)) + added)}'}
  cookies: {c: '${"x"}'}
call:
  answers:
    - when: {status: {is: ["429"], contains: ["4"]}}
      then: transient
examples:
  e: {given: {account.user: u}, expect: {one.form.use_user: u}}
)yaml";

// How a request can be made that has one body.
constexpr const char* kBodies[] = {
    R"(    path: '/x/${"x"}'
    method: POST
    form: {f: '${"x"}', j: {json: {e: '${"x"}'}}, x: {xml: {e: '${"x"}'}}}
)",
    R"(    path: '/x/${"x"}'
    method: POST
    json: {e: '${"x"}'}
)",
    R"(    path: '/x/${"x"}'
    method: POST
    xml: {e: '${"x"}'}
)",
    R"(    path: '/x/${"x"}'
    method: POST
    multipart: {m: '${"x"}', j: {json: {e: '${"x"}'}}, x: {xml: {e: '${"x"}'}}}
)",
    R"(    path: '/x/${"x"}'
    method: POST
    raw: {content_type: text/plain, text: '${"x"}'}
)",
    R"(    url: '${"x"}'
    method: GET
)",
};
constexpr std::size_t kVariants = std::size(kBodies);

// What is added to callers' requests: one of the two.
const char* AdditionsOf(std::size_t variant) { return variant % 2 == 0 ? "sign" : "inject"; }

// A text that is evaluated, and what may reach it at most.
struct Sink {
  // In the schema: "login.request.query.value".
  std::string field;
  Taint highest;
  // What it must be.
  Type type = Type::kText;
  // Around the value; a template has it in `${…}`.
  std::string before = "${";
  std::string after = "}";
};

std::vector<Sink> SinksOfLogin() {
  return {
      {"sequences.key", Taint::kConstant, Type::kText, "", ""},
      {"keep.value", Taint::kFresh, Type::kText, "", ""},
      {"login.if", Taint::kFresh, Type::kBool, "", ""},
      {"login.let.value", Taint::kRaw, Type::kText, "", ""},
      {"login.request.path", Taint::kRaw, Type::kText, "/x/${"},
      {"login.request.url", Taint::kFresh},
      {"login.request.query.value", Taint::kRaw},
      {"login.request.headers.value", Taint::kRaw},
      {"login.request.cookies.value", Taint::kRaw},
      {"login.request.form.value", Taint::kRaw},
      {"login.request.form.json", Taint::kRaw},
      {"login.request.form.xml", Taint::kRaw},
      {"login.request.json", Taint::kRaw},
      {"login.request.xml", Taint::kRaw},
      {"login.request.multipart.value", Taint::kRaw},
      {"login.request.multipart.json", Taint::kRaw},
      {"login.request.multipart.xml", Taint::kRaw},
      {"login.request.raw.text", Taint::kRaw},
      {"login.answers.extract.in", Taint::kFresh, Type::kText, "", ""},
      {"login.answers.wait", Taint::kFresh, Type::kDuration, "w == \"\" ? seconds(1) : ", ""},
      {"login.extract.in", Taint::kFresh, Type::kText, "", ""},
      {"login.check", Taint::kFresh, Type::kBool, "", ""},
      {"login.valid_for", Taint::kFresh, Type::kDuration, "", ""},
      {"login.clock", Taint::kFresh, Type::kTime, "", ""},
      {"session.id", Taint::kFresh},
      {"session.attributes.value", Taint::kFresh},
      {"session.attach.value", Taint::kFresh},
      {"session.idle", Taint::kFresh, Type::kDuration},
      {"session.absolute", Taint::kFresh, Type::kDuration},
      {"session.expires", Taint::kFresh, Type::kTime, "", ""},
  };
}

const std::vector<Sink>& Sinks() {
  static const auto* const sinks = [] {
    auto* all = new std::vector<Sink>(SinksOfLogin());
    // What goes for a login's request goes for a probe and a logout, but that none of them takes
    // what is made of a secret.
    for (const char* conversation : {"probe", "logout"}) {
      for (Sink sink : SinksOfLogin()) {
        absl::string_view rest = sink.field;
        if (!absl::ConsumePrefix(&rest, "login.") ||
            !(absl::StartsWith(rest, "request.") || absl::StartsWith(rest, "answers.") ||
              absl::StartsWith(rest, "extract.") || rest == "check")) {
          continue;
        }
        const std::string initial(1, conversation[0]);
        if (rest == "check") sink.before = absl::StrCat(initial, "t == \"\" || ");
        if (rest == "answers.wait") {
          sink.before = absl::StrCat(initial, "w == \"\" ? seconds(1) : ");
        }
        sink.field = absl::StrCat(conversation, ".", rest);
        sink.highest = Taint::kFresh;
        all->push_back(std::move(sink));
      }
    }
    for (const auto& [additions, highest] :
         {std::make_pair("sign", Taint::kSealed), std::make_pair("inject", Taint::kRaw)}) {
      all->push_back({absl::StrCat(additions, ".let.value"), Taint::kRaw, Type::kText, "", ""});
      for (const char* place : {"query", "form", "headers", "cookies"}) {
        all->push_back({absl::StrCat(additions, ".", place, ".value"), highest});
      }
    }
    return all;
  }();
  return *sinks;
}

// One text of a definition.
struct Text {
  std::string field;
  // As mistakes name it: "login[0].request.query.q".
  std::string path;
  // Of the definition that was walked.
  std::function<void(const std::string&)> set;
};

Node DocumentOf(const std::string& text) {
  Node node;
  Node::Member* member = node.mutable_object()->add_members();
  member->set_key("e");
  member->mutable_value()->mutable_scalar()->set_text(text);
  member->mutable_value()->mutable_scalar()->set_quoted(true);
  return node;
}

// Every text in `message`.
void Walk(Message* message, const std::string& field_of_it, const std::string& path_of_it,
          std::vector<Text>* texts) {
  const Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = Member(field_of_it, field->name());
    const std::string path = Member(path_of_it, field->name());
    const int size = field->is_repeated() ? reflection->FieldSize(*message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && field->is_repeated()) {
        texts->push_back({name, Element(path, i), [=](const std::string& text) {
                            reflection->SetRepeatedString(message, field, i, text);
                          }});
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        // The value of a mapping stands for the whole.
        const std::string& of = message->GetDescriptor()->name();
        const bool whole = field->name() == "value" && (of == "Field" || of == "BodyField");
        texts->push_back({name, whole ? path_of_it : path, [=](const std::string& text) {
                            reflection->SetString(message, field, text);
                          }});
      } else if (field->message_type() == Node::descriptor()) {
        texts->push_back({name, Member(path, "e"), [=](const std::string& text) {
                            reflection->MutableMessage(message, field)->CopyFrom(DocumentOf(text));
                          }});
      } else if (field->message_type() != nullptr) {
        Message* inner = field->is_repeated()
                             ? reflection->MutableRepeatedMessage(message, field, i)
                             : reflection->MutableMessage(message, field);
        const FieldDescriptor* key = inner->GetDescriptor()->FindFieldByName("name");
        const std::string called =
            key == nullptr ? "" : inner->GetReflection()->GetString(*inner, key);
        const std::string of = key != nullptr         ? Member(path, called)
                               : field->is_repeated() ? Element(path, i)
                                                      : path;
        if (!absl::StartsWith(called, "use_")) Walk(inner, name, of, texts);
      }
    }
  }
}

// Every text that the schema has.
void CollectTexts(const Descriptor& message, const std::string& field_of_it,
                  std::set<std::string>* texts) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = Member(field_of_it, field.name());
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
        field.message_type() == Node::descriptor()) {
      texts->insert(name);
    } else if (field.message_type() != nullptr && field.message_type()->name() != "Duration") {
      CollectTexts(*field.message_type(), name, texts);
    }
  }
}

// With one of the bodies.
const Definition& EveryText(std::size_t variant) {
  static const auto* const definitions = [] {
    auto* all = new std::vector<Definition>(kVariants);
    for (std::size_t i = 0; i < kVariants; ++i) {
      config::Diagnostics diagnostics;
      config::ReadYaml("test",
                       absl::StrReplaceAll(kEveryText, {{"PROBE_BODY", kBodies[i]},
                                                        {"LOGOUT_BODY", kBodies[i]},
                                                        {"ADDITIONS", AdditionsOf(i)}}),
                       &(*all)[i], &diagnostics);
      EXPECT_TRUE(diagnostics.empty()) << diagnostics.ToString();
    }
    return all;
  }();
  return (*definitions)[variant];
}

config::Diagnostics MistakesOf(const Definition& definition) {
  config::Diagnostics diagnostics;
  Compile(definition, config::SourceMap("test"), &diagnostics);
  return diagnostics;
}

TEST(SmugglingTest, TheDefinitionsHaveEveryTextOfTheSchema) {
  std::set<std::string> has;
  for (std::size_t variant = 0; variant < kVariants; ++variant) {
    Definition definition = EveryText(variant);
    EXPECT_EQ(MistakesOf(definition).ToString(), "");
    std::vector<Text> texts;
    Walk(&definition, "", "", &texts);
    for (const Text& text : texts) has.insert(text.field);
  }
  std::set<std::string> all;
  CollectTexts(*Definition::descriptor(), "", &all);
  std::vector<std::string> missing;
  std::set_difference(all.begin(), all.end(), has.begin(), has.end(), std::back_inserter(missing));
  EXPECT_THAT(missing, IsEmpty()) << "a text of the schema that nothing is tried with";
}

TEST(SmugglingTest, NoTextIsEvaluatedButTheSinks) {
  std::set<std::string> tried;
  std::set<std::string> evaluated;
  for (std::size_t variant = 0; variant < kVariants; ++variant) {
    Definition walked = EveryText(variant);
    std::vector<Text> places;
    Walk(&walked, "", "", &places);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!tried.insert(places[i].path + places[i].field).second) continue;
      for (const char* text : {"nonesuch", "/${nonesuch}"}) {
        Definition definition = EveryText(variant);
        std::vector<Text> texts;
        Walk(&definition, "", "", &texts);
        texts[i].set(text);
        if (absl::StrContains(MistakesOf(definition).ToString(), "unknown name \"nonesuch\"")) {
          evaluated.insert(texts[i].field);
        }
      }
    }
  }
  std::set<std::string> sinks;
  for (const Sink& sink : Sinks()) sinks.insert(sink.field);
  EXPECT_THAT(evaluated, ElementsAreArray(sinks));
}

// An expression of type text as one of `type`, which hides nothing of where it comes from.
std::string TextAs(Type type, const std::string& text) {
  switch (type) {
    case Type::kText:
      return text;
    case Type::kBytes:
      return absl::StrCat("bytes(", text, ")");
    case Type::kInt:
      return absl::StrCat("size(", text, ")");
    case Type::kBool:
      return absl::StrCat("(", text, " == \"x\")");
    case Type::kTime:
      return absl::StrCat("timestamp(size(", text, "))");
    case Type::kDuration:
      return absl::StrCat("seconds(size(", text, "))");
    case Type::kParams:
      return absl::StrCat("param(\"a\", ", text, ")");
  }
  return "";
}

// And the other way round.
std::string AsText(Type type, const std::string& value) {
  switch (type) {
    case Type::kText:
      return absl::StrCat("(", value, ")");
    case Type::kBytes:
      return absl::StrCat("hex(", value, ")");
    case Type::kInt:
    case Type::kBool:
      return absl::StrCat("string(", value, ")");
    case Type::kTime:
      return absl::StrCat("rfc3339(", value, ")");
    case Type::kDuration:
      return absl::StrCat("rfc3339(timestamp(0) + ", value, ")");
    case Type::kParams:
      return absl::StrCat("join(", value, ", \"\", \"\")");
  }
  return "";
}

// What goes into the sinks: expressions of type text, each with `secret` in one argument of a
// function, constants in the others.
std::vector<std::string> Smuggled(const std::string& secret) {
  std::vector<std::string> smuggled = {
      AsText(Type::kText, secret),
      absl::StrCat("(\"a\" + ", secret, ")"),
      absl::StrCat("(", secret, " == \"x\" ? \"a\" : \"b\")"),
      absl::StrCat("(true ? ", secret, " : \"b\")"),
      absl::StrCat("string(!(", secret, " < \"x\") && true)"),
      absl::StrCat("string(-size(", secret, "))"),
  };
  for (const Function& function : Functions()) {
    for (const Overload& overload : function.overloads) {
      for (std::size_t at = 0; at < overload.parameters.size(); ++at) {
        std::vector<std::string> arguments;
        for (std::size_t i = 0; i < overload.parameters.size(); ++i) {
          arguments.push_back(
              TextAs(overload.parameters[i], i == at ? secret : std::string("\"0123456789\"")));
        }
        smuggled.push_back(
            AsText(overload.result,
                   absl::StrCat(function.name, "(", absl::StrJoin(arguments, ", "), ")")));
      }
    }
  }
  return smuggled;
}

// Puts `value` into each sink for which `wanted` holds; gives their paths.
std::set<std::string> Put(const std::string& value,
                          const std::function<bool(const Sink&, Taint highest)>& wanted,
                          Definition* definition) {
  std::vector<Text> texts;
  Walk(definition, "", "", &texts);
  std::set<std::string> paths;
  for (const Text& text : texts) {
    for (const Sink& sink : Sinks()) {
      if (sink.field != text.field) continue;
      // A secret kept value takes what is not as good as the account's own secret.
      const Taint highest = text.path == "keep.safe.value" ? Taint::kSealed : sink.highest;
      if (!wanted(sink, highest)) continue;
      text.set(absl::StrCat(sink.before, TextAs(sink.type, value), sink.after));
      paths.insert(text.path);
    }
  }
  return paths;
}

void ExpectOnlyRequestsTake(const std::string& value, Taint grade, std::size_t variant) {
  SCOPED_TRACE(absl::StrCat(value, " in variant ", variant));
  const auto may = [grade](const Sink&, Taint highest) { return highest >= grade; };
  const auto may_not = [grade](const Sink&, Taint highest) { return highest < grade; };
  Definition everywhere = EveryText(variant);
  const std::set<std::string> forbidden = Put(value, may_not, &everywhere);
  const std::set<std::string> allowed = Put(value, may, &everywhere);
  EXPECT_GT(forbidden.size(), 30u);
  EXPECT_GE(allowed.size(), 18u);
  std::set<std::string> refused;
  const config::Diagnostics mistakes = MistakesOf(everywhere);
  for (const config::Diagnostic& mistake : mistakes.list()) {
    EXPECT_THAT(mistake.message,
                ::testing::HasSubstr(grade == Taint::kRaw
                                         ? "a secret, or what is as good as one, would reach"
                                         : "a digest over a secret would reach"));
    refused.insert(mistake.path);
  }
  EXPECT_THAT(refused, ElementsAreArray(forbidden));
  Definition in_requests = EveryText(variant);
  Put(value, may, &in_requests);
  EXPECT_EQ(MistakesOf(in_requests).ToString(), "");
}

// What proves the key once.
constexpr char kSealedKey[] = "sha256_hex(string(unix(now)) + secret.key)";

TEST(SmugglingTest, ThroughNoFunctionDoesARawSecretReachMoreThanTheLoginsRequests) {
  for (const std::string& value : Smuggled("secret.key")) {
    ExpectOnlyRequestsTake(value, Taint::kRaw, 0);
  }
}

TEST(SmugglingTest, ThroughNoFunctionDoesASealedSecretReachMoreThanThoseAndWhatIsKeptInSecret) {
  for (const std::string& value : Smuggled(kSealedKey)) {
    ExpectOnlyRequestsTake(value, Taint::kSealed, 0);
  }
}

TEST(SmugglingTest, NoBodyOfAProbeOrLogoutTakesASecretAndWhatIsInjectedDoes) {
  for (std::size_t variant = 1; variant < kVariants; ++variant) {
    ExpectOnlyRequestsTake("secret.key", Taint::kRaw, variant);
    ExpectOnlyRequestsTake(kSealedKey, Taint::kSealed, variant);
  }
}

}  // namespace
}  // namespace sessionbroker::login
