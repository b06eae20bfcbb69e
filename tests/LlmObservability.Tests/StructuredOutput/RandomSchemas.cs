using System.Text;

namespace LlmObservability.Tests.StructuredOutput;

/// <summary>Schemas and answers that fit each other by chance alone, well formed or not, by a seed.</summary>
internal sealed class RandomSchemas(int seed)
{
    /// <summary>Stands in every text and name of an answer that the schema does not have, and in no schema.</summary>
    public const string SecretText = "GEHEIM";

    /// <summary>Likewise, in every number of an answer.</summary>
    public const string SecretDigits = "7391";

    private const string Spoilers = "{}[]\",:\\u0-e.\n\uFEFF\ud83d";

    private static readonly string[] Keywords =
    [
        "type", "nullable", "enum", "const", "$ref", "allOf", "anyOf", "oneOf", "not", "if", "contains", "properties", "required",
        "additionalProperties", "patternProperties", "minProperties", "maxProperties", "prefixItems", "items", "additionalItems",
        "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "multipleOf", "format", "$defs", "unknown",
    ];

    private static readonly string[] Types = ["\"object\"", "\"array\"", "\"string\"", "\"number\"", "\"integer\"", "\"boolean\"", "\"null\"", "[\"string\",\"object\"]"];
    private static readonly string[] Numbers = ["0", "1", "2", "5", "-1", "0.5", "1e2", "1e400", "-1e-400", "1e99999999999999999999", "3.0"];
    private static readonly string[] Patterns = ["\"^a\"", "\"E\"", "\"[0-9]+$\"", "\"(?=x)\"", "\"(\"", "\"^\\\\w*$\"", "\"\"", "\".\\\\d\""];
    private static readonly string[] References = ["\"#\"", "\"#/$defs/a\"", "\"#/properties/a\"", "\"#/anyOf/0\"", "\"#/nowhere\"", "\"x\""];
    private static readonly string[] Literals = ["null", "true", "false", "\"a\"", "\"\"", "[]", "{}", "[1,[2]]", "{\"a\":1}"];
    private static readonly string[] Names = ["\"a\"", "\"b\"", "\"a/b\"", "\"\\u0061\"", "\"\\ud800\"", "\"\""];

    private readonly Random _random = new(seed);

    /// <summary>A schema; in one of <paramref name="badOneIn"/> places a keyword's value is of the wrong form.</summary>
    public string Schema(int badOneIn)
    {
        return Schema(0, badOneIn);
    }

    /// <summary>JSON, by chance cut or spoiled.</summary>
    public string Text()
    {
        var text = new StringBuilder(Answer(0));
        for (var spoiled = _random.Next(6) - 3; spoiled > 0 && text.Length > 0; spoiled--)
        {
            var at = _random.Next(text.Length);
            switch (_random.Next(4))
            {
                case 0:
                    text.Remove(at, _random.Next(text.Length - at));
                    break;
                case 1:
                    text.Insert(at, (char)_random.Next(0x1_0000));
                    break;
                case 2:
                    text[at] = Spoilers[_random.Next(Spoilers.Length)];
                    break;
                default:
                    text.Insert(at, "\\ud83d");
                    break;
            }
        }

        return text.ToString();
    }

    public string Answer(int depth) => _random.Next(depth > 4 ? 6 : 10) switch
    {
        0 => "null",
        1 => Pick(["true", "false"]),
        2 => $"{Pick(["", "-"])}{SecretDigits}{Pick(["", ".0", ".25", "e2", "E-3", "e400"])}",
        3 or 4 => $"\"{Pick(["", "a", "\\n", "\\ud800", "日本😀"])}{SecretText}{_random.Next(3)}\"",
        5 => Pick(["[]", "{}"]),
        6 or 7 => $"[{Join(4, () => Answer(depth + 1))}]",
        _ => $"{{{Join(5, () => $"{AnswerName()}:{Answer(depth + 1)}")}}}",
    };

    private string Schema(int depth, int badOneIn)
    {
        if (depth > 5 || _random.Next(12) == 0)
        {
            return Pick(["true", "false", "{}", "{\"type\":\"string\"}"]);
        }

        return $"{{{Join(5, () =>
        {
            var keyword = Pick(Keywords);
            return $"\"{keyword}\":{(_random.Next(badOneIn) == 0 ? Pick([.. Literals, .. Numbers]) : ValueOf(keyword, depth, badOneIn))}";
        })}}}";
    }

    private string ValueOf(string keyword, int depth, int badOneIn) => keyword switch
    {
        "type" => Pick(Types),
        "enum" => $"[{Join(4, () => Pick([.. Literals, .. Numbers]))}]",
        "const" => Pick([.. Literals, .. Numbers]),
        "$ref" => Pick(References),
        "allOf" or "anyOf" or "oneOf" or "prefixItems" => $"[{Join(3, () => Schema(depth + 1, badOneIn))}]",
        "properties" or "$defs" => $"{{{Join(4, () => $"{Pick(Names)}:{Schema(depth + 1, badOneIn)}")}}}",
        "patternProperties" => $"{{{Join(2, () => $"{Pick(Patterns)}:{Schema(depth + 1, badOneIn)}")}}}",
        "required" => $"[{Join(3, () => Pick(Names))}]",
        "not" or "if" or "contains" or "additionalProperties" or "items" or "additionalItems" or "unknown" => Schema(depth + 1, badOneIn),
        "pattern" or "format" => Pick(Patterns),
        "nullable" or "uniqueItems" => Pick(["true", "false"]),
        "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" => Pick(Numbers),
        "multipleOf" => Pick(["2", "0.01", "1e-400", "3e20"]),
        _ => Pick(["0", "1", "2", "3.0"]),
    };

    private string AnswerName() => _random.Next(3) == 0 ? $"\"{SecretText}{_random.Next(3)}\"" : Pick(Names);

    private string Join(int most, Func<string> make) => string.Join(',', Enumerable.Range(0, _random.Next(most + 1)).Select(_ => make()));

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
