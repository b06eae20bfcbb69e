using System.Diagnostics;
using System.Text.Json;
using LlmObservability.OpenTelemetry.Compatibility;
using LlmObservability.Testing;

namespace LlmObservability.OpenTelemetry.Tests.Compatibility;

public sealed class CompatibilityAttributesTests
{
    private const LlmCompatibility Both = LlmCompatibility.Langfuse | LlmCompatibility.OpenInference;

    private static readonly LlmCall Call = new()
    {
        Id = Guid.NewGuid(),
        StartedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        Outcome = LlmOutcome.Completed,
        Provider = "openai",
        RequestModel = "m",
    };

    [Theory]
    [InlineData(LlmCompatibility.Langfuse)]
    [InlineData(LlmCompatibility.OpenInference)]
    [InlineData(Both)]
    public void Of_any_record_each_key_is_there_once_and_of_a_type_that_can_be_exported(LlmCompatibility which)
    {
        foreach (var envelope in ScriptedCalls.Create(300, seed: 11))
        {
            var attributes = Of(which, envelope.Call);
            foreach (var (key, value) in attributes.Concat(envelope.ToolCalls.SelectMany(call => OfTool(which, call))))
            {
                (value is string or string[] or long or double or bool).ShouldBeTrue(key);
                key.StartsWith("gen_ai.", StringComparison.Ordinal).ShouldBeFalse(key);
            }
        }
    }

    [Fact]
    public void The_classes_of_usage_and_cost_add_up_to_the_records()
    {
        foreach (var call in ScriptedCalls.Create(300, seed: 12).Select(envelope => envelope.Call))
        {
            var attributes = Of(LlmCompatibility.Langfuse, call);
            attributes.ContainsKey("langfuse.observation.usage_details").ShouldBe(call.Tokens.Source != LlmUsageSource.Missing && call.Operation != "execute_tool");
            if (attributes.TryGetValue("langfuse.observation.usage_details", out var usage))
            {
                var classes = JsonSerializer.Deserialize<Dictionary<string, long>>((string)usage!)!;
                classes["total"].ShouldBe(call.Tokens.Input + call.Tokens.Output);
                classes.Where(pair => pair.Key.StartsWith("input", StringComparison.Ordinal)).Sum(pair => pair.Value).ShouldBe(call.Tokens.Input);
                classes.Where(pair => pair.Key.StartsWith("output", StringComparison.Ordinal)).Sum(pair => pair.Value).ShouldBe(call.Tokens.Output);
            }

            attributes.ContainsKey("langfuse.observation.cost_details").ShouldBe(call.Cost is not null && call.Operation != "execute_tool");
            if (attributes.TryGetValue("langfuse.observation.cost_details", out var cost))
            {
                var parts = JsonSerializer.Deserialize<Dictionary<string, decimal>>((string)cost!)!;
                parts["total"].ShouldBe(call.Cost!.Value.TotalUsd);
                parts.Where(pair => pair.Key != "total").Sum(pair => pair.Value).ShouldBe(call.Cost.Value.TotalUsd);
            }
        }
    }

    [Fact]
    public void A_cost_of_nothing_is_said_so_that_none_is_worked_out()
    {
        var call = Call with { Cached = true, Cost = default(LlmCost), CostReason = LlmCostReason.Cached };

        Of(LlmCompatibility.Langfuse, call)["langfuse.observation.cost_details"].ShouldBe("""{"input":0,"total":0}""");
        Of(LlmCompatibility.OpenInference, call)["llm.cost.total"].ShouldBe(0.0);
        Of(Both, Call).Keys.ShouldNotContain(key => key.Contains("cost", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Production", "production")]
    [InlineData("EU West/1", "eu-west-1")]
    [InlineData("stage_2", "stage_2")]
    [InlineData("langfuse-prod", null)]
    [InlineData("", null)]
    [InlineData("a-name-that-is-much-longer-than-forty-characters", "a-name-that-is-much-longer-than-forty-ch")]
    public void An_environment_has_a_name_that_Langfuse_takes(string environment, string? taken)
    {
        Of(LlmCompatibility.Langfuse, Call with { Tags = new LlmTags { Environment = environment } })
            .GetValueOrDefault("langfuse.environment").ShouldBe(taken);
    }

    [Theory]
    [InlineData("azure.ai.openai", "azure", "openai")]
    [InlineData("gcp.vertex_ai", "google", "vertexai")]
    [InlineData("aws.bedrock", "aws", null)]
    [InlineData("mistral_ai", "mistralai", "mistralai")]
    [InlineData("ollama", "ollama", "ollama")]
    [InlineData(null, null, null)]
    public void OpenInference_tells_the_host_of_a_model_from_its_maker(string? name, string? provider, string? system)
    {
        var attributes = Of(LlmCompatibility.OpenInference, Call with { Provider = name });

        attributes.GetValueOrDefault("llm.provider").ShouldBe(provider);
        attributes.GetValueOrDefault("llm.system").ShouldBe(system);
    }

    [Fact]
    public void Tags_are_metadata_whatever_they_are_made_of_and_a_conversation_stands_for_a_session()
    {
        var tags = new LlmTags([new("note", "say \"hi\"\n☃"), new("a.b", "")]) { User = "u", Conversation = "c-1", Route = "/x" };
        var attributes = Of(Both, Call with { Tags = tags });

        JsonSerializer.Deserialize<Dictionary<string, string>>((string)attributes["metadata"]!)!
            .ShouldBe(new Dictionary<string, string> { ["conversation"] = "c-1", ["route"] = "/x", ["note"] = "say \"hi\"\n☃", ["a.b"] = "" }, ignoreOrder: true);
        attributes["langfuse.observation.metadata.note"].ShouldBe("say \"hi\"\n☃");
        attributes["langfuse.trace.tags"].ShouldBe(new[] { "route:/x" });
        attributes["session.id"].ShouldBe("c-1");
        attributes["user.id"].ShouldBe("u");
    }

    [Fact]
    public void A_tool_outside_any_call_is_a_tool_and_no_model_was_asked()
    {
        var attributes = Of(Both, Call with
        {
            Operation = "execute_tool",
            Outcome = LlmOutcome.Failed,
            ErrorType = "E",
            TimeToFirstToken = TimeSpan.Zero,
            Tags = new LlmTags { User = "u", Tenant = "acme" },
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1 },
            Cost = default(LlmCost),
        });

        attributes["langfuse.observation.type"].ShouldBe("tool");
        attributes["langfuse.observation.level"].ShouldBe("ERROR");
        attributes["openinference.span.kind"].ShouldBe("TOOL");
        attributes["user.id"].ShouldBe("u");
        attributes["langfuse.trace.tags"].ShouldBe(new[] { "tenant:acme" });
        attributes.Keys.ShouldNotContain(key => key.Contains("model", StringComparison.Ordinal) || key.Contains("usage", StringComparison.Ordinal)
            || key.Contains("cost", StringComparison.Ordinal) || key.Contains("token", StringComparison.Ordinal) || key.Contains("completion", StringComparison.Ordinal)
            || key.StartsWith("llm.", StringComparison.Ordinal));
    }

    [Fact]
    public void None_adds_nothing()
    {
        Of(LlmCompatibility.None, Call with { Tags = new LlmTags { User = "u" } }).ShouldBeEmpty();
        var options = new LlmTelemetryOptions();
        options.AddCompatibilityAttributes(LlmCompatibility.None).ShouldBeSameAs(options);
        options.EnrichSpan.ShouldBeNull();
        options.EnrichToolSpan.ShouldBeNull();
    }

    [Fact]
    public void What_is_not_there_cannot_be_asked_for()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new LlmTelemetryOptions().AddCompatibilityAttributes((LlmCompatibility)8)).ParamName.ShouldBe("compatibility");
        Should.Throw<ArgumentNullException>(() => ((LlmTelemetryOptions)null!).AddCompatibilityAttributes(Both)).ParamName.ShouldBe("options");
    }

    [Fact]
    public void Asked_for_twice_it_is_there_once_and_what_the_application_said_of_the_user_stays()
    {
        var options = new LlmTelemetryOptions();
        options.AddCompatibilityAttributes(Both).AddCompatibilityAttributes(Both);
        using var span = new Activity("chat");
        span.SetTag("user.id", "the application's");

        options.EnrichSpan!(span, Call with { Tags = new LlmTags { User = "u", Session = "s" } });

        span.TagObjects.GroupBy(tag => tag.Key).ShouldAllBe(group => group.Count() == 1);
        span.GetTagItem("user.id").ShouldBe("the application's");
        span.GetTagItem("session.id").ShouldBe("s");
    }

    [Fact]
    public void Costs_of_several_calls_in_another_instrumentations_span_add_up()
    {
        var options = new LlmTelemetryOptions();
        options.AddCompatibilityAttributes(Both);
        using var span = new Activity("chat");
        // As the recorder leaves it after the second call.
        span.SetTag("gen_ai.usage.cost", 0.75);

        options.EnrichSpan!(span, Call with { Cost = new LlmCost { InputNanos = 250_000_000 } });

        JsonDocument.Parse((string)span.GetTagItem("langfuse.observation.cost_details")!).RootElement.ToString().ShouldBe("""{"total":0.75}""");
        span.GetTagItem("llm.cost.total").ShouldBe(0.75);
        span.TagObjects.ShouldNotContain(tag => tag.Key == "llm.cost.prompt");
    }

    private static Dictionary<string, object?> Of(LlmCompatibility which, LlmCall call)
    {
        var attributes = new List<KeyValuePair<string, object?>>();
        CompatibilityAttributes.OfCall(which, call, attributes);
        return attributes.ToDictionary();
    }

    private static Dictionary<string, object?> OfTool(LlmCompatibility which, LlmToolCall call)
    {
        var attributes = new List<KeyValuePair<string, object?>>();
        CompatibilityAttributes.OfToolCall(which, call, attributes);
        return attributes.ToDictionary();
    }
}
