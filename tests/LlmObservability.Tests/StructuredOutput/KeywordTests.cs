namespace LlmObservability.Tests.StructuredOutput;

public class KeywordTests
{
    [Theory]
    // Boolean schemas.
    [InlineData("true", "[1]")]
    [InlineData("{}", "null")]
    // type
    [InlineData("""{"type":"string"}""", "\"\"")]
    [InlineData("""{"type":"null"}""", "null")]
    [InlineData("""{"type":"boolean"}""", "false")]
    [InlineData("""{"type":"array"}""", "[]")]
    [InlineData("""{"type":"object"}""", "{}")]
    [InlineData("""{"type":"number"}""", "-1.5e3")]
    [InlineData("""{"type":"number"}""", "3")]
    [InlineData("""{"type":"integer"}""", "1.0")]
    [InlineData("""{"type":"integer"}""", "1.5e1")]
    [InlineData("""{"type":"integer"}""", "1e400")]
    [InlineData("""{"type":"integer"}""", "-0.0")]
    [InlineData("""{"type":["string","null"]}""", "null")]
    [InlineData("""{"type":"string","nullable":true}""", "null")]
    // enum and const
    [InlineData("""{"enum":["a",1,null,[1,{"x":2}]]}""", "[1.0,{\"x\":2e0}]")]
    [InlineData("""{"enum":["a","é"]}""", "\"\\u00e9\"")]
    [InlineData("""{"const":1}""", "1.0")]
    [InlineData("""{"const":100}""", "1E+2")]
    [InlineData("""{"const":0}""", "-0.00e9")]
    [InlineData("""{"const":{"a":1,"b":[true]}}""", """{"b":[true],"a":1.0}""")]
    // Strings
    [InlineData("""{"minLength":2,"maxLength":2}""", "\"😀é\"")]
    [InlineData("""{"minLength":2,"maxLength":2}""", "\"\\ud83d\\ude00\\n\"")]
    [InlineData("""{"minLength":1,"maxLength":1}""", "\"\\ud83d\"")]
    [InlineData("""{"maxLength":2.0}""", "\"ab\"")]
    [InlineData("""{"maxLength":1e99}""", "\"ab\"")]
    [InlineData("""{"pattern":"^[a-z]{2,3}$"}""", "\"abc\"")]
    [InlineData("""{"pattern":"b"}""", "\"abc\"")]
    [InlineData("""{"minLength":9,"pattern":"x"}""", "17")]
    [InlineData("""{"format":"date-time"}""", "\"yesterday\"")]
    // Numbers
    [InlineData("""{"minimum":1}""", "1.0")]
    [InlineData("""{"minimum":-1e400,"maximum":1e400}""", "-9.99e399")]
    [InlineData("""{"exclusiveMinimum":0.1}""", "0.10000000000000000000000000000000000000000000001")]
    [InlineData("""{"exclusiveMaximum":1}""", "0.99999999999999999999999999999999999999999")]
    [InlineData("""{"minimum":1,"exclusiveMinimum":false}""", "1")]
    [InlineData("""{"multipleOf":0.01}""", "19.99")]
    [InlineData("""{"multipleOf":0.1}""", "0.30000")]
    [InlineData("""{"multipleOf":3}""", "1.2e1")]
    [InlineData("""{"multipleOf":3}""", "0")]
    [InlineData("""{"multipleOf":7e-1}""", "7e400")]
    [InlineData("""{"multipleOf":9007199254740993}""", "81064793292668937")]
    [InlineData("""{"multipleOf":12345678901234567890123}""", "1234567890123456789012300")]
    // Arrays
    [InlineData("""{"items":{"type":"string"}}""", "[]")]
    [InlineData("""{"items":{"type":"string"}}""", "[\"a\",\"b\"]")]
    [InlineData("""{"items":false}""", "[]")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"number"}],"items":{"type":"null"}}""", "[\"a\",1,null,null]")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"number"}]}""", "[\"a\"]")]
    [InlineData("""{"items":[{"type":"string"}],"additionalItems":false}""", "[\"a\"]")]
    [InlineData("""{"minItems":1,"maxItems":2}""", "[1,2]")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1",true,null,[1],[2],{"a":1},{"a":2},{"b":1}]""")]
    [InlineData("""{"uniqueItems":false}""", "[1,1]")]
    // Objects
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":"x","b":1}""")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", "{}")]
    [InlineData("""{"properties":{"é":{"type":"string"}},"additionalProperties":false}""", """{"\u00e9":"x"}""")]
    [InlineData("""{"properties":{"a\"b\\":{"type":"string"}},"additionalProperties":false}""", """{"a\"b\\":"x"}""")]
    [InlineData("""{"properties":{"a":{},"b":{},"c":{}},"required":["c","a","d"]}""", """{"d":0,"c":1,"a":2}""")]
    [InlineData("""{"additionalProperties":{"type":"number"}}""", """{"x":1,"y":2}""")]
    [InlineData("""{"patternProperties":{"^n_":{"type":"number"}},"additionalProperties":false}""", """{"n_a":1}""")]
    [InlineData("""{"minProperties":1,"maxProperties":2}""", """{"a":1,"b":2}""")]
    // Combinations
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "6")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"number"},{"type":"null"}]}""", "null")]
    [InlineData("""{"allOf":[{"minimum":5},{"maximum":7}]}""", "6")]
    [InlineData("""{"not":{"type":"string"}}""", "6")]
    [InlineData("""{"$defs":{"n":{"type":"number"}},"items":{"$ref":"#/$defs/n"}}""", "[1,2]")]
    [InlineData("""{"definitions":{"a/b~c d":{"type":"number"}},"$ref":"#/definitions/a~1b~0c%20d"}""", "1")]
    [InlineData("""{"properties":{"a":{"type":"number"},"b":{"$ref":"#/properties/a"}}}""", """{"b":1}""")]
    [InlineData("""{"$defs":{"a\\":{"type":"number"}},"$ref":"#/$defs/a\\"}""", "1")]
    [InlineData("""{"$defs":{"\u00e9":{"type":"number"}},"$ref":"#/$defs/é"}""", "1")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"number"}],"$defs":{"x":{"$ref":"#/anyOf/1"}},"$ref":"#/$defs/x"}""", "1")]
    // What is not known, or not checked
    [InlineData("""{"title":7,"x-vendor":[],"$schema":"anything","$comment":{}}""", "1")]
    [InlineData("""{"$defs":{"broken":{"type":"nonsense"}}}""", "1")]
    [InlineData("""{"contains":{"type":"string"},"if":true,"then":false}""", "[1]")]
    public void Matches(string schema, string answer) => Answers.ShouldMatch(schema, answer);

    [Theory]
    [InlineData("false", "1", " false")]
    [InlineData("""{"type":"string"}""", "1", " type")]
    [InlineData("""{"type":"integer"}""", "1.5", " type")]
    [InlineData("""{"type":"integer"}""", "1e-400", " type")]
    [InlineData("""{"type":"integer"}""", "\"1\"", " type")]
    [InlineData("""{"type":["string","null"]}""", "false", " type")]
    [InlineData("""{"type":"boolean"}""", "null", " type")]
    [InlineData("""{"type":"string","nullable":false}""", "null", " type")]
    [InlineData("""{"enum":["a",1,null]}""", "\"b\"", " enum")]
    [InlineData("""{"enum":[]}""", "1", " enum")]
    [InlineData("""{"enum":[1,true]}""", "\"1\"", " enum")]
    [InlineData("""{"const":{"a":1}}""", """{"a":1,"b":2}""", " const")]
    [InlineData("""{"const":{"a":1,"b":1}}""", """{"a":1,"a":1}""", " const")]
    [InlineData("""{"const":[1,2]}""", "[2,1]", " const")]
    [InlineData("""{"const":9007199254740993}""", "9007199254740992", " const")]
    [InlineData("""{"const":false}""", "0", " const")]
    [InlineData("""{"minLength":2}""", "\"😀\"", " minLength")]
    [InlineData("""{"maxLength":2}""", "\"a\\u0062c\"", " maxLength")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aab\"", " pattern")]
    [InlineData("""{"minimum":0.3}""", "0.29999999999999999999999999", " minimum")]
    [InlineData("""{"maximum":3}""", "3.0000000000000000000000000001", " maximum")]
    [InlineData("""{"maximum":1e308}""", "1e400", " maximum")]
    [InlineData("""{"exclusiveMinimum":3}""", "3.0", " exclusiveMinimum")]
    [InlineData("""{"exclusiveMaximum":-3}""", "-3e0", " exclusiveMaximum")]
    [InlineData("""{"minimum":3,"exclusiveMinimum":true}""", "3", " exclusiveMinimum")]
    [InlineData("""{"exclusiveMaximum":true,"maximum":3}""", "3", " exclusiveMaximum")]
    [InlineData("""{"multipleOf":0.01}""", "19.999", " multipleOf")]
    [InlineData("""{"multipleOf":10}""", "15", " multipleOf")]
    [InlineData("""{"multipleOf":7}""", "1e400", " multipleOf")]
    [InlineData("""{"multipleOf":12345678901234567890123}""", "1234567890123456789012301", " multipleOf")]
    [InlineData("""{"items":{"type":"string"}}""", "[\"a\",1]", "/1 type")]
    [InlineData("""{"items":false}""", "[1]", "/0 false")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", "[1,2]", "/0 type", "/1 false")]
    [InlineData("""{"additionalItems":false,"items":[{"type":"string"}]}""", "[\"a\",1]", "/1 false")]
    [InlineData("""{"minItems":2}""", "[1]", " minItems")]
    [InlineData("""{"maxItems":0}""", "[1]", " maxItems")]
    [InlineData("""{"uniqueItems":true}""", "[1,2,1.0]", " uniqueItems")]
    [InlineData("""{"uniqueItems":true}""", """[{"a":[1],"b":"x"},{"b":"\u0078","a":[1.0]}]""", " uniqueItems")]
    [InlineData("""{"properties":{"a":{"type":"string"},"b":{"type":"null"}}}""", """{"b":1,"a":1}""", "/b type", "/a type")]
    [InlineData("""{"required":["a","b"]}""", """{"b":1}""", " required")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":false}""", """{"a":1,"secret":2}""", "/* additionalProperties")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":{"type":"string"}}""", """{"a":1,"secret":2}""", "/* type")]
    [InlineData("""{"required":["a"],"additionalProperties":false}""", """{"a":1}""", "/a additionalProperties")]
    [InlineData("""{"patternProperties":{"^n_":{"type":"number"}}}""", """{"n_a":"1"}""", "/* type")]
    [InlineData("""{"minProperties":2}""", """{"a":1}""", " minProperties")]
    [InlineData("""{"maxProperties":1}""", """{"a":1,"b":1}""", " maxProperties")]
    [InlineData("""{"anyOf":[{"minimum":5},{"minimum":7}]}""", "4", " anyOf")]
    [InlineData("""{"anyOf":[]}""", "4", " anyOf")]
    [InlineData("""{"oneOf":[{"minimum":5},{"minimum":7}]}""", "8", " oneOf")]
    [InlineData("""{"oneOf":[{"minimum":5},{"minimum":7}]}""", "4", " oneOf")]
    [InlineData("""{"allOf":[{"minimum":5},{"maximum":3},{"minimum":1}]}""", "4", " minimum", " maximum")]
    [InlineData("""{"not":{"type":"string"}}""", "\"\"", " not")]
    [InlineData("""{"$defs":{"n":{"type":"number"}},"items":{"$ref":"#/$defs/n"}}""", "[1,\"2\"]", "/1 type")]
    [InlineData("""{"$defs":{"n":{"type":"number"}},"$ref":"#/$defs/n","minimum":3}""", "2", " minimum")]
    [InlineData("""{"properties":{"a~/b":{"type":"string"}}}""", """{"a~/b":1}""", "/a~0~1b type")]
    // Every value of a name that comes twice is checked.
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":1,"a":"x"}""", "/a type")]
    public void Fails(string schema, string answer, params string[] places) => Answers.ShouldFail(schema, answer, places);

    [Fact]
    public void The_only_alternative_of_the_values_type_tells_what_fails_in_it()
    {
        const string Schema = """
            {"$defs":{"p":{"type":"object","properties":{"age":{"type":"integer"}},"required":["age","name"]}},
             "properties":{"person":{"anyOf":[{"$ref":"#/$defs/p"},{"type":"null"}]}}}
            """;
        Answers.ShouldFail(Schema, """{"person":{"age":"x"}}""", "/person/age type", "/person required");
        Answers.ShouldFail(Schema, """{"person":7}""", "/person anyOf");
        Answers.ShouldMatch(Schema, """{"person":null}""");
    }

    [Theory]
    // What is not checked may match or not: neither "not" nor "oneOf" may conclude from it.
    [InlineData("""{"not":{"contains":{"const":1}}}""", "[2]")]
    [InlineData("""{"oneOf":[{"dependentRequired":{"a":["b"]}},{"type":"object"}]}""", """{"a":1}""")]
    [InlineData("""{"not":{"pattern":"(?=a)"}}""", "\"b\"")]
    [InlineData("""{"not":{"anyOf":[{"propertyNames":{"maxLength":1}},false]}}""", """{"aa":1}""")]
    [InlineData("""{"patternProperties":{"(?=a)":true},"additionalProperties":false}""", """{"a":1}""")]
    public void Nothing_follows_from_a_keyword_that_is_not_checked(string schema, string answer) => Answers.ShouldMatch(schema, answer);

    [Fact]
    public void A_keyword_that_is_checked_fails_beside_one_that_is_not()
    {
        Answers.ShouldFail("""{"not":{"anyOf":[{"contains":true},{"type":"array"}]}}""", "[2]", " not");
        Answers.ShouldFail("""{"oneOf":[{"contains":true},{"type":"array"},{"minItems":1}]}""", "[2]", " oneOf");
        Answers.ShouldFail("""{"contains":true,"maxItems":0}""", "[2]", " maxItems");
    }
}
