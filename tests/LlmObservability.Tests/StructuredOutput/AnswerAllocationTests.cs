using LlmObservability.StructuredOutput;
using LlmObservability.Tests.Performance;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.StructuredOutput;

/// <summary>What a check may allocate, once its schema is known.</summary>
[Collection(nameof(Alone))]
public class AnswerAllocationTests
{
    private const string Schema = """
        {"type":"object","properties":{"id":{"type":"string","minLength":3},"state":{"enum":["open","paid"]},"total":{"type":"number","minimum":0},
         "lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string"},"count":{"type":"integer"}},"required":["sku","count"],"additionalProperties":false}}},
         "required":["id","state","total","lines"],"additionalProperties":false}
        """;

    private readonly StructuredAnswers _answers = new();
    private readonly ChatResponseFormatJson _format = Answers.Format(Schema);

    [Fact]
    public void An_answer_that_matches()
    {
        var lines = string.Join(',', Enumerable.Range(1, 20).Select(i => $"{{\"sku\":\"é{i}\",\"count\":{i}}}"));
        var answer = $"{{\"id\":\"A-1\",\"state\":\"paid\",\"total\":12.50,\"lines\":[{lines}]}}";
        _answers.Check(_format, answer).Matched.ShouldBe(true);
        Allocated.By(() => _answers.Check(_format, answer)).ShouldBeInRange(1, 300);
    }

    [Fact]
    public void An_answer_in_prose()
    {
        Allocated.By(() => _answers.Check(_format, "I cannot do that.")).ShouldBeInRange(1, 60);
    }
}
