using System.Text.Json;
using BenchmarkDotNet.Attributes;
using LlmObservability.StructuredOutput;
using Microsoft.Extensions.AI;

namespace LlmObservability.Benchmarks;

/// <summary>One answer of about 1 kB checked against a schema of ten properties, and what a schema costs when it is new.</summary>
[MemoryDiagnoser]
public class StructuredOutputBenchmark
{
    private const string Schema = """
        {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{
          "id":{"type":"string","description":"The order's number.","minLength":8},
          "status":{"type":"string","enum":["open","paid","shipped","returned"]},
          "customer":{"type":"string"},
          "total":{"type":"number","minimum":0},
          "currency":{"type":"string","pattern":"^[A-Z]{3}$"},
          "note":{"type":["string","null"]},
          "count":{"type":"integer"},
          "isGift":{"type":"boolean"},
          "tags":{"type":"array","items":{"type":"string"}},
          "lines":{"type":"array","items":{"type":"object","properties":{
            "sku":{"type":"string"},"quantity":{"type":"integer"},"price":{"type":"number"}},
            "required":["sku","quantity","price"],"additionalProperties":false}}},
         "required":["id","status","customer","total","currency","note","count","isGift","tags","lines"],
         "additionalProperties":false}
        """;

    private readonly StructuredAnswers _answers = new();
    private readonly ChatResponseFormatJson _format = FormatOf(Schema);
    private readonly string _answer = AnswerOf("paid");
    private readonly string _wrong = AnswerOf("unknown");
    private readonly string _fenced = $"```json\n{AnswerOf("paid")}\n```";
    private readonly string _cut = AnswerOf("paid")[..^40];

    [Benchmark]
    public object Match() => _answers.Check(_format, _answer);

    [Benchmark]
    public object Mismatch() => _answers.Check(_format, _wrong);

    [Benchmark]
    public object Fenced() => _answers.Check(_format, _fenced);

    [Benchmark]
    public object CutOff() => _answers.Check(_format, _cut);

    [Benchmark]
    public object Parse()
    {
        using var document = JsonDocument.Parse(_answer);
        return document;
    }

    [Benchmark]
    public object Compile() => SchemaCompiler.Compile(_format.Schema!.Value);

    private static ChatResponseFormatJson FormatOf(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        return ChatResponseFormat.ForJsonSchema(document.RootElement.Clone());
    }

    private static string AnswerOf(string status)
    {
        var lines = string.Join(',', Enumerable.Range(1, 14).Select(i => $$"""{"sku":"SKU-{{i:D6}}","quantity":{{i}},"price":{{i}}9.90}"""));
        return $$"""
            {"id":"A-10002345","status":"{{status}}","customer":"Zoë van der Meer, Utrecht","total":1234.50,"currency":"EUR",
             "note":"Ring twice; the bell by the garden door is the one that works.","count":14,"isGift":false,
             "tags":["returning customer","express","fragile"],"lines":[{{lines}}]}
            """;
    }
}
