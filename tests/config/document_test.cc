#include "service/config/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "sessionbroker/config/v1/config.pb.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::config {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

template <typename M>
struct Reading {
  M message;
  Diagnostics diagnostics;
  SourceMap places{""};
};

template <typename M>
Reading<M> Read(const std::string& text) {
  Reading<M> reading;
  reading.places = ReadYaml("f.yaml", text, &reading.message, &reading.diagnostics);
  return reading;
}

TEST(ReadYaml, FillsEveryShape) {
  const auto reading = Read<definition::v1::Definition>(R"(
schema: 1
provider: demo
summary: 42
assumptions: [one, "two"]
account:
  login: the login
  server: {about: where, default: ""}
secrets: {password: it}
login:
  - step: first
    request:
      method: POST
      path: /x
      query: {b: "2", a: 1}
      json: {t: {n: 1, s: "1", l: [true, null, ~], e: {}}}
    answers:
      - {when: {status: 200, json:/ok: [true, 1]}, then: ok}
      - {when: {json:/code: {at_least: -5, at_most: 9223372036854775807}}, then: credentials_rejected}
      - {then: permanent}
    extract:
      id: json:/id
      other: [json:/a, body]
      third: {from: status, type: int, optional: true}
    valid_for: 5m
session:
  id: "${id}"
  attach: [{query: sid}, {header: X-Sid, value: "s ${id}", methods: [GET]}]
  idle: 1h30m
  bound_to: [user_agent, client_address]
)");
  EXPECT_EQ(reading.diagnostics.ToString(), "");
  const definition::v1::Definition& m = reading.message;
  EXPECT_EQ(m.schema(), 1);
  EXPECT_EQ(m.summary(), "42");
  EXPECT_THAT(m.assumptions(), ::testing::ElementsAre("one", "two"));
  EXPECT_EQ(m.account(0).name(), "login");
  EXPECT_EQ(m.account(0).about(), "the login");
  EXPECT_FALSE(m.account(0).has_default_());
  EXPECT_TRUE(m.account(1).has_default_());
  EXPECT_EQ(m.account(1).about(), "where");
  const definition::v1::Step& step = m.login(0);
  EXPECT_EQ(step.request().query(0).name(), "b");
  EXPECT_EQ(step.request().query(1).name(), "a");
  EXPECT_EQ(step.request().query(1).value(), "1");
  EXPECT_EQ(step.answers(0).when(1).name(), "json:/ok");
  EXPECT_THAT(step.answers(0).when(0).is(), ::testing::ElementsAre("200"));
  EXPECT_THAT(step.answers(0).when(1).is(), ::testing::ElementsAre("true", "1"));
  EXPECT_EQ(step.answers(0).then(), definition::v1::OUTCOME_OK);
  EXPECT_EQ(step.answers(1).when(0).at_least(), -5);
  EXPECT_EQ(step.answers(1).when(0).at_most(), INT64_MAX);
  EXPECT_FALSE(step.answers(1).when(0).has_absent());
  EXPECT_THAT(step.extract(0).from(), ::testing::ElementsAre("json:/id"));
  EXPECT_THAT(step.extract(1).from(), ::testing::ElementsAre("json:/a", "body"));
  EXPECT_THAT(step.extract(2).from(), ::testing::ElementsAre("status"));
  EXPECT_EQ(step.extract(2).type(), definition::v1::VALUE_TYPE_INT);
  EXPECT_TRUE(step.extract(2).optional());
  EXPECT_EQ(m.session().attach(0).query(), "sid");
  EXPECT_EQ(m.session().attach(1).header(), "X-Sid");
  EXPECT_EQ(m.session().idle(), "1h30m");
  EXPECT_EQ(m.session().bound_to(1), definition::v1::BINDING_CLIENT_ADDRESS);
}

TEST(ReadYaml, KeepsAFreeFormValueAsWritten) {
  const auto reading = Read<definition::v1::Request>(
      "{method: PUT, path: /, json: {t: {n: 1, s: \"1\", l: [true, null, ~], e: {}, z: []}}}");
  ASSERT_EQ(reading.diagnostics.ToString(), "");
  const definition::v1::Node& t = reading.message.json().object().members(0).value();
  EXPECT_EQ(reading.message.json().object().members(0).key(), "t");
  ASSERT_THAT(t.object().members(), SizeIs(5));
  EXPECT_EQ(t.object().members(0).value().scalar().text(), "1");
  EXPECT_FALSE(t.object().members(0).value().scalar().quoted());
  EXPECT_TRUE(t.object().members(1).value().scalar().quoted());
  const auto& list = t.object().members(2).value().list();
  EXPECT_EQ(list.items(0).scalar().text(), "true");
  EXPECT_EQ(list.items(1).scalar().text(), "null");
  EXPECT_EQ(list.items(2).scalar().text(), "null");
  EXPECT_FALSE(list.items(2).scalar().quoted());
  EXPECT_TRUE(t.object().members(3).value().has_object());
  EXPECT_TRUE(t.object().members(4).value().has_list());
}

struct Mistake {
  std::string name;
  std::string yaml;
  std::string expected;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class StepMistake : public ::testing::TestWithParam<Mistake> {};

// The texts are inserted into a step that is right otherwise.
TEST_P(StepMistake, IsReportedAtItsPlace) {
  const auto reading = Read<definition::v1::Step>(
      absl::StrCat("step: a\nrequest: {method: GET, path: /}\n", GetParam().yaml));
  EXPECT_EQ(reading.diagnostics.ToString(), GetParam().expected);
}

const char kAnswers[] = "answers: [{then: ok}]\n";

INSTANTIATE_TEST_SUITE_P(
    All, StepMistake,
    ::testing::Values(
        Mistake{"RequiredFieldMissing", "check: []\n",
                "f.yaml:1:1: answers: required, but missing\n"},
        Mistake{"RequiredSequenceEmpty", "answers: []\n",
                "f.yaml:3:10: answers: required, but empty\n"},
        Mistake{"MisspeltField", absl::StrCat(kAnswers, "extrat: {}\n"),
                "f.yaml:4:1: extrat: unknown field; did you mean \"extract\"?\n"},
        Mistake{"UnknownField", absl::StrCat(kAnswers, "zzz: {}\n"),
                "f.yaml:4:1: zzz: unknown field; known are: step, if, let, request, answers, "
                "extract, check, valid_for, clock\n"},
        Mistake{"KeyWrittenTwice", "answers: [{then: permanent, when: {}, name: x}]\n",
                "f.yaml:3:39: answers[0].name: unknown field; known are: when, then, "
                "after_retry, extract, wait\n"},
        Mistake{
            "KeyOfAKeyedElementWrittenOut",
            absl::StrCat(kAnswers, "extract: {id: {name: id, from: body}}\n"),
            "f.yaml:4:16: extract.id.name: unknown field; known are: from, type, optional, in\n"},
        Mistake{"EmptyKey", absl::StrCat(kAnswers, "extract: {\"\": body}\n"),
                "f.yaml:4:11: extract: a name must not be empty\n"},
        Mistake{"SequenceForAKeyedField", absl::StrCat(kAnswers, "extract: [body]\n"),
                "f.yaml:4:10: extract: expected a mapping, found a sequence\n"},
        Mistake{"ScalarForASequence", absl::StrCat(kAnswers, "check: x == 1\n"),
                "f.yaml:4:8: check: expected a sequence, found \"x == 1\"\n"},
        Mistake{"NothingForAShorthand", absl::StrCat(kAnswers, "extract:\n  id:\n"),
                "f.yaml:5:3: extract.id: expected text, a sequence or a mapping, found nothing\n"},
        Mistake{"MappingForAShorthandField",
                absl::StrCat(kAnswers, "extract: {id: {from: {a: b}}}\n"),
                "f.yaml:4:22: extract.id.from: expected text or a sequence, found a mapping\n"},
        Mistake{"RequiredFieldOfAnElementMissing",
                absl::StrCat(kAnswers, "extract: {id: {type: int}}\n"),
                "f.yaml:4:15: extract.id.from: required, but missing\n"},
        Mistake{"NullForText", absl::StrCat(kAnswers, "valid_for: null\n"),
                "f.yaml:4:12: valid_for: expected text, found null\n"},
        Mistake{"NothingForText", absl::StrCat(kAnswers, "valid_for:\n"),
                "f.yaml:4:1: valid_for: expected text, found nothing\n"},
        Mistake{"SequenceForText", absl::StrCat(kAnswers, "valid_for: [a]\n"),
                "f.yaml:4:12: valid_for: expected text, found a sequence\n"},
        Mistake{"NothingInASequence", absl::StrCat(kAnswers, "check:\n  - a\n  -\n"),
                "f.yaml:5:3: check[1]: expected text, found nothing\n"},
        Mistake{"UnknownEnumValue", "answers: [{then: okay}]\n",
                "f.yaml:3:18: answers[0].then: expected one of ok, credentials_rejected, "
                "challenge_stale, transient, permanent, session_expired, nonce_rejected, locked, "
                "found \"okay\"\n"},
        Mistake{"EnumValueInItsProtobufForm", "answers: [{then: OUTCOME_OK}]\n",
                "f.yaml:3:18: answers[0].then: expected one of ok, credentials_rejected, "
                "challenge_stale, transient, permanent, session_expired, nonce_rejected, locked, "
                "found \"OUTCOME_OK\"\n"},
        Mistake{"UnspecifiedEnumValue", "answers: [{then: unspecified}]\n",
                "f.yaml:3:18: answers[0].then: expected one of ok, credentials_rejected, "
                "challenge_stale, transient, permanent, session_expired, nonce_rejected, locked, "
                "found \"unspecified\"\n"},
        Mistake{"TextForAnInteger", "answers: [{when: {status: {at_least: many}}, then: ok}]\n",
                "f.yaml:3:38: answers[0].when.status.at_least: expected an integer, found "
                "\"many\"\n"},
        Mistake{"QuotedInteger", "answers: [{when: {status: {at_least: \"5\"}}, then: ok}]\n",
                "f.yaml:3:38: answers[0].when.status.at_least: expected an integer without "
                "quotes, found \"5\"\n"},
        Mistake{"OctalInteger", "answers: [{when: {status: {at_least: 010}}, then: ok}]\n",
                "f.yaml:3:38: answers[0].when.status.at_least: expected an integer, found "
                "\"010\"\n"},
        Mistake{"IntegerOutOfRange",
                "answers: [{when: {status: {at_least: 9223372036854775808}}, then: ok}]\n",
                "f.yaml:3:38: answers[0].when.status.at_least: expected an integer from "
                "-9223372036854775808 to 9223372036854775807, found \"9223372036854775808\"\n"},
        Mistake{"YesForABool", "answers: [{when: {status: {absent: yes}}, then: ok}]\n",
                "f.yaml:3:36: answers[0].when.status.absent: expected true or false, found "
                "\"yes\"\n"},
        Mistake{"QuotedBool", "answers: [{when: {status: {absent: \"true\"}}, then: ok}]\n",
                "f.yaml:3:36: answers[0].when.status.absent: expected true or false, found "
                "\"true\"\n"},
        Mistake{"LongValueIsNotShown",
                absl::StrCat(kAnswers, "check: ", std::string(41, 'x'), "\n"),
                "f.yaml:4:8: check: expected a sequence, found 41 bytes of text\n"},
        Mistake{"AliasIsReportedOnce", absl::StrCat(kAnswers, "check: [&a x, *a]\nvalid_for: *a\n"),
                "f.yaml:4:9: check[0]: anchors are not read; quote a text that begins with "
                "\"&\"\n"
                "f.yaml:4:15: check[1]: aliases are not read; quote a text that begins with "
                "\"*\"\n"
                "f.yaml:5:12: valid_for: aliases are not read; quote a text that begins with "
                "\"*\"\n"},
        Mistake{"NothingInAFreeFormValue", absl::StrCat(kAnswers, "request: {}\n"),
                "f.yaml:4:1: request: the key is already on line 2\n"}),
    [](const ::testing::TestParamInfo<Mistake>& tested) { return tested.param.name; });

TEST(ReadYaml, TwoMembersOfAOneofAreNamed) {
  const auto reading = Read<definition::v1::Attach>("query: a\nvalue: x\nheader: b\n");
  EXPECT_EQ(reading.diagnostics.ToString(),
            "f.yaml:3:1: \"query\" and \"header\" exclude each other\n");
}

TEST(ReadYaml, AOneofWithoutAMemberIsNamed) {
  const auto reading = Read<definition::v1::SessionTemplate>("id: x\nattach: [{value: x}]\n");
  EXPECT_EQ(reading.diagnostics.ToString(),
            "f.yaml:2:10: attach[0]: expected one of query, header, cookie, form, json_pointer, "
            "path_segment\n");
}

TEST(ReadYaml, NothingInAFreeFormValueIsAMistake) {
  const auto reading =
      Read<definition::v1::Request>("method: PUT\npath: /\njson:\n  a:\n  b: [x, ]\n");
  EXPECT_EQ(reading.diagnostics.ToString(),
            "f.yaml:4:3: json.a: expected a value, found nothing; write null if that is meant\n");
}

TEST(ReadYaml, DurationsHaveUnits) {
  struct Case {
    std::string text;
    int64_t seconds;
    int32_t nanos;
    std::string mistake;
  };
  const std::string expected = "expected a length of time such as 500ms, 30s, 24m or 1h30m, found ";
  const Case cases[] = {
      {"24m", 1440, 0, ""},
      {"1h30m", 5400, 0, ""},
      {"500ms", 0, 500'000'000, ""},
      {"1.5s", 1, 500'000'000, ""},
      {"\"30s\"", 30, 0, ""},
      {"0", 0, 0, ""},
      {"24", 0, 0, expected + "\"24\""},
      {"inf", 0, 0, expected + "\"inf\""},
      {"-inf", 0, 0, expected + "\"-inf\""},
      {"ten minutes", 0, 0, expected + "\"ten minutes\""},
      {"[1s]", 0, 0, expected + "a sequence"},
      {"~", 0, 0, expected + "null"},
      {"-5s", 0, 0, "expected a length of time that is not negative, found \"-5s\""},
      {"99999999h", 0, 0,
       "expected a length of time of at most 315576000000s, found "
       "\"99999999h\""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto reading = Read<v1::Life>(absl::StrCat("idle: ", c.text, "\n"));
    EXPECT_EQ(reading.message.idle().seconds(), c.seconds);
    EXPECT_EQ(reading.message.idle().nanos(), c.nanos);
    EXPECT_EQ(reading.diagnostics.ToString(),
              c.mistake.empty() ? "" : absl::StrCat("f.yaml:1:7: idle: ", c.mistake, "\n"));
  }
}

TEST(ReadYaml, ReportsAllMistakesInTheOrderOfTheFile) {
  const auto reading = Read<v1::Outbound>(
      "user_agent: []\nmax_logins_in_flight: 5000000000\nuser_agent: x\nlogin_timeout: 1\n");
  EXPECT_EQ(reading.diagnostics.ToString(),
            "f.yaml:1:13: user_agent: expected text, found a sequence\n"
            "f.yaml:2:23: max_logins_in_flight: expected an integer from -2147483648 to "
            "2147483647, found \"5000000000\"\n"
            "f.yaml:3:1: user_agent: the key is already on line 1\n"
            "f.yaml:4:16: login_timeout: expected a length of time such as 500ms, 30s, 24m or "
            "1h30m, found \"1\"\n");
}

TEST(ReadYaml, WhatWasRightIsThereAllTheSame) {
  const auto reading = Read<v1::Outbound>("user_agent: x\nnonsense: 1\nca_file: y\n");
  EXPECT_THAT(reading.diagnostics.list(), SizeIs(1));
  EXPECT_EQ(reading.message.user_agent(), "x");
  EXPECT_EQ(reading.message.ca_file(), "y");
}

TEST(ReadYaml, AnElementThatCannotBeReadKeepsItsIndex) {
  const auto reading = Read<v1::Rule>("callers: [[], b]\naccounts: [a]\nallow: [get]\n");
  EXPECT_THAT(reading.message.callers(), ::testing::ElementsAre("", "b"));
}

// Nothing that may be a secret is shown, however it is misplaced.
TEST(ReadYaml, NeverShowsWhatIsWrittenBelowASensitiveField) {
  const std::string texts[] = {
      "secrets: hunter2",
      "secrets: [hunter2]",
      "secrets: {password: hunter2}",
      "secrets: {password: [hunter2]}",
      "secrets: {password: {hunter2}}",
      "secrets: {password: {hunter2: 1}}",
      "secrets: {password: {insecure_inline: [hunter2]}}",
      "secrets: {password: {insecure_inline: {hunter2: hunter2}}}",
      "secrets: {password: {insecure_inline: *hunter2}}",
      "secrets: {password: {insecure_inline: &hunter2 x}}",
      "secrets: {password: {insecure_inline: !hunter2}}",
      "secrets: {password: {insecure_inline: !<hunter2> x}}",
      "secrets: {password: {insecure_inline: @hunter2}}",
      "secrets: {password: {insecure_inline: hunter2: x}}",
      "secrets: {password: {insecure_inline: \"hunter2}}",
      "secrets: {password: {insecure_inline: \"\\hunter2\"}}",
      "secrets: {password: {insecure_inline: %hunter2}}",
      "secrets: {password: {allow_world_readable: hunter2}}",
      "secrets: {password: {file: x, env: hunter2}}",
      "secrets: {password: {insecure_inlin: hunter2}}",
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    const auto reading =
        Read<v1::Account>(absl::StrCat("provider: p\naccount: a\nbase_url: u\n", text, "\n"));
    EXPECT_THAT(reading.diagnostics.list(), ::testing::Not(IsEmpty()));
    EXPECT_THAT(reading.diagnostics.ToString(), ::testing::Not(::testing::HasSubstr("hunter")));
  }
}

TEST(ReadYaml, AKeyCannotBreakTheLine) {
  EXPECT_EQ(
      Read<v1::Tls>("certificate_file: c\nkey_file: k\n\"a\\nb\": x\n").diagnostics.ToString(),
      "f.yaml:3:1: a\\nb: unknown field; known are: certificate_file, key_file\n");
}

TEST(ReadYaml, AnEmptyFileNamesWhatIsExpected) {
  for (const std::string text : {"", "\n", "# nothing here\n", "---\n", "\xEF\xBB\xBF"}) {
    SCOPED_TRACE(text);
    const auto reading = Read<v1::Tls>(text);
    ASSERT_THAT(reading.diagnostics.list(), SizeIs(1));
    EXPECT_EQ(reading.diagnostics.list()[0].message,
              "the file is empty; expected a mapping with the fields certificate_file, key_file");
  }
}

TEST(ReadYaml, ARootThatIsNoMappingIsAMistake) {
  EXPECT_EQ(Read<v1::Tls>("- a\n").diagnostics.ToString(),
            "f.yaml:1:1: expected a mapping, found a sequence\n");
  EXPECT_EQ(Read<v1::Tls>("just text\n").diagnostics.ToString(),
            "f.yaml:1:1: expected a mapping, found \"just text\"\n");
}

TEST(SourceMap, KnowsWhereFieldsStand) {
  const auto reading = Read<definition::v1::Step>(
      "step: a\n"
      "request:\n"
      "  method: GET\n"
      "  path: /\n"
      "  headers:\n"
      "    Accept: \"x/y\"\n"
      "  json: {a: [b, c]}\n"
      "answers:\n"
      "  - then: ok\n"
      "extract:\n"
      "  id: body\n");
  ASSERT_EQ(reading.diagnostics.ToString(), "");
  const auto at = [&](const std::string& path, int offset = 0) {
    return reading.places.At(path, "m", offset).ToString();
  };
  EXPECT_EQ(at("step"), "f.yaml:1:7: step: m");
  EXPECT_EQ(at("request"), "f.yaml:3:3: request: m");
  EXPECT_EQ(at("request.headers.Accept"), "f.yaml:6:13: request.headers.Accept: m");
  EXPECT_EQ(at("request.headers.Accept.value"), "f.yaml:6:13: request.headers.Accept.value: m");
  EXPECT_EQ(at("request.json.a[1]"), "f.yaml:7:17: request.json.a[1]: m");
  EXPECT_EQ(at("answers[0].then"), "f.yaml:9:11: answers[0].then: m");
  EXPECT_EQ(at("extract.id.from[0]"), "f.yaml:11:7: extract.id.from[0]: m");
  EXPECT_EQ(at(""), "f.yaml:1:1: m");
  // Unknown: the nearest parent.
  EXPECT_EQ(at("answers[0].when.x"), "f.yaml:9:5: answers[0].when.x: m");
  EXPECT_EQ(at("answers[7].then"), "f.yaml:9:3: answers[7].then: m");
  EXPECT_EQ(at("nowhere"), "f.yaml:1:1: nowhere: m");
}

TEST(SourceMap, AnOffsetMovesTheColumnWhereTheTextStandsAsItIs) {
  const auto reading = Read<definition::v1::Request>(
      "method: \"GET\"\npath: /abc\nquery:\n  a: 'it''s'\n  b: |\n    abc\n  c: >-\n    abc\n");
  ASSERT_EQ(reading.diagnostics.ToString(), "");
  const auto at = [&](const std::string& path) {
    return reading.places.At(path, "m", /*offset=*/2).position;
  };
  EXPECT_EQ(at("method").column, 12) << "the quote does not count";
  EXPECT_EQ(at("path").column, 9);
  EXPECT_EQ(at("query.a").column, 6) << "escaped";
  EXPECT_EQ(at("query.b").column, 6) << "a block";
  EXPECT_EQ(at("query.c").column, 6) << "a block";
}

TEST(SourceMap, WithoutPlacesGivesTheFileAlone) {
  EXPECT_EQ(SourceMap("f").At("a.b", "m").ToString(), "f: a.b: m");
}

// Every field of the schemas has a type that can be written, every keyed one a name, every
// shorthand one companion at most.
void CheckSchema(const google::protobuf::Descriptor& type, std::set<std::string>* seen) {
  if (!seen->insert(type.full_name()).second) return;
  if (type.full_name() == "google.protobuf.Duration") return;
  int shorthands = 0;
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    SCOPED_TRACE(field.full_name());
    const auto& options = field.options().GetExtension(yaml::v1::field);
    shorthands += options.shorthand() ? 1 : 0;
    EXPECT_FALSE(field.is_map());
    EXPECT_NE(field.type(), google::protobuf::FieldDescriptor::TYPE_BYTES);
    switch (field.cpp_type()) {
      case google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE:
        if (options.keyed()) {
          const auto* name = field.message_type()->FindFieldByName("name");
          ASSERT_NE(name, nullptr);
          EXPECT_EQ(name->type(), google::protobuf::FieldDescriptor::TYPE_STRING);
        }
        CheckSchema(*field.message_type(), seen);
        break;
      case google::protobuf::FieldDescriptor::CPPTYPE_BOOL:
      case google::protobuf::FieldDescriptor::CPPTYPE_ENUM:
      case google::protobuf::FieldDescriptor::CPPTYPE_INT32:
      case google::protobuf::FieldDescriptor::CPPTYPE_INT64:
      case google::protobuf::FieldDescriptor::CPPTYPE_STRING:
        EXPECT_FALSE(options.keyed());
        break;
      default:
        ADD_FAILURE() << "cannot be written in YAML";
    }
  }
  EXPECT_LE(shorthands, 1) << type.full_name();
}

TEST(Schemas, CanBeWrittenInYaml) {
  std::set<std::string> seen;
  CheckSchema(*v1::Config::descriptor(), &seen);
  CheckSchema(*definition::v1::Definition::descriptor(), &seen);
  EXPECT_GT(seen.size(), 20u);
}

}  // namespace
}  // namespace sessionbroker::config
