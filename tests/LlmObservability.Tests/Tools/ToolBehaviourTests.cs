using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Tests.Tools;

/// <summary>What is wrapped behaves as before.</summary>
public class ToolBehaviourTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_a_function_says_of_itself_stays()
    {
        await using var observing = new Observing();
        var original = AIFunctionFactory.Create(Add, new AIFunctionFactoryOptions
        {
            Name = "add",
            Description = "Adds two numbers.",
            AdditionalProperties = new Dictionary<string, object?> { ["strict"] = true },
            SerializerOptions = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions),
        });
        var wrapped = original.WithLlmObservability(observing.Observer);

        wrapped.ShouldNotBeSameAs(original);
        foreach (var property in typeof(AIFunction).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            property.GetValue(wrapped).ShouldBe(property.GetValue(original), property.Name);
        }

        wrapped.ToString().ShouldBe(original.ToString());
        wrapped.GetService(original.GetType()).ShouldBeSameAs(original);
        wrapped.GetService<IChatClient>().ShouldBeNull();
        wrapped.GetService<AIFunction>("a key").ShouldBeNull();
        wrapped.AsDeclarationOnly().JsonSchema.ShouldBe(original.JsonSchema);
        (await wrapped.InvokeAsync(new() { ["left"] = 2, ["right"] = 3 }, Token)).ShouldBeOfType<JsonElement>().GetInt32().ShouldBe(5);
    }

    [Fact]
    public async Task Arguments_services_context_and_token_arrive_as_they_are()
    {
        await using var observing = new Observing();
        using var source = new CancellationTokenSource();
        await using var services = new ServiceCollection().BuildServiceProvider();
        var arguments = new AIFunctionArguments { Services = services, Context = new Dictionary<object, object?> { ["a"] = 1 } };
        (AIFunctionArguments? Arguments, CancellationToken Token) seen = default;
        var tool = new ScriptedFunction("look", (given, token) =>
        {
            seen = (given, token);
            return new("result");
        });

        var result = await tool.WithLlmObservability(observing.Observer).InvokeAsync(arguments, source.Token);

        result.ShouldBe("result");
        seen.Arguments.ShouldBeSameAs(arguments);
        seen.Token.ShouldBe(source.Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exception_is_the_very_same_and_its_message_is_nowhere(bool atOnce)
    {
        await using var observing = new Observing();
        var error = new InvalidOperationException("a secret argument");
        var tool = new ScriptedFunction("fails", async (_, _) =>
        {
            await Task.Yield();
            throw error;
        });
        if (atOnce)
        {
            tool = new ScriptedFunction("fails", (_, _) => throw error);
        }

        var wrapped = tool.WithLlmObservability(observing.Observer);
        (await Should.ThrowAsync<InvalidOperationException>(async () => await wrapped.InvokeAsync(null, Token))).ShouldBeSameAs(error);

        var (_, row) = await observing.OnlyRowAsync();
        (row.Outcome, row.ErrorType).ShouldBe((LlmOutcome.Failed, "System.InvalidOperationException"));
        observing.Sink.Batches.SelectMany(batch => batch.Envelopes).ShouldAllBe(envelope => !envelope.ToString()!.Contains("secret"));
    }

    [Fact]
    public async Task A_cancellation_that_was_asked_for_is_none_of_the_tools_failures()
    {
        await using var observing = new Observing();
        using var source = new CancellationTokenSource();
        var tool = new ScriptedFunction("waits", async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return null;
        });
        var running = tool.WithLlmObservability(observing.Observer).InvokeAsync(null, source.Token);
        await source.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(async () => await running)).CancellationToken.ShouldBe(source.Token);
        var late = new ScriptedFunction("late", (_, _) => throw new OperationCanceledException());
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await late.WithLlmObservability(observing.Observer).InvokeAsync(null, Token));

        (await observing.RowsAsync()).Select(row => (row.Row.Name, row.Row.Outcome, row.Row.ErrorType)).ShouldBe(
            [("waits", LlmOutcome.Cancelled, null), ("late", LlmOutcome.Failed, "System.OperationCanceledException")], ignoreOrder: true);
    }

    [Fact]
    public async Task An_approval_stays_required_whichever_side_it_is_on()
    {
        await using var observing = new Observing();
        var tool = new ScriptedFunction("pay", (_, _) => new("paid"));
        var inside = new ApprovalRequiredAIFunction(tool).WithLlmObservability(observing.Observer);
        var around = new ApprovalRequiredAIFunction(tool.WithLlmObservability(observing.Observer));

        inside.GetService<ApprovalRequiredAIFunction>().ShouldNotBeNull();
        around.GetService<ApprovalRequiredAIFunction>().ShouldBeSameAs(around);
        around.WithLlmObservability(observing.Observer).ShouldBeSameAs(around);
        (await inside.InvokeAsync(null, Token)).ShouldBe("paid");
        (await around.InvokeAsync(null, Token)).ShouldBe("paid");
        (await observing.RowsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Wrapping_twice_is_wrapping_once_for_each_observer()
    {
        await using var one = new Observing();
        await using var two = new Observing();
        var tool = new ScriptedFunction("look", (_, _) => new("seen"));
        var wrapped = tool.WithLlmObservability(one.Observer);
        wrapped.WithLlmObservability(one.Observer, new LlmToolOptions { Type = "a2a" }).ShouldBeSameAs(wrapped);
        var both = wrapped.WithLlmObservability(two.Observer);
        both.ShouldNotBeSameAs(wrapped);
        both.WithLlmObservability(one.Observer).ShouldBeSameAs(both);

        await both.InvokeAsync(null, Token);

        await one.OnlyRowAsync();
        await two.OnlyRowAsync();
    }

    [Fact]
    public async Task What_cannot_be_invoked_here_is_left_alone()
    {
        await using var observing = new Observing();
        AITool[] tools =
        [
            new HostedWebSearchTool(), AIFunctionFactory.CreateDeclaration("declared", null, default), new ScriptedFunction("look", (_, _) => default),
        ];
        await using var services = new ServiceCollection().AddSingleton(observing.Observer).BuildServiceProvider();
        foreach (var wrapped in new[] { tools.WithLlmObservability(observing.Observer), tools.WithLlmObservability(services) })
        {
            wrapped.Count.ShouldBe(3);
            wrapped[0].ShouldBeSameAs(tools[0]);
            wrapped[1].ShouldBeSameAs(tools[1]);
            wrapped[2].ShouldNotBeSameAs(tools[2]);
            wrapped[2].WithLlmObservability(services).ShouldBeSameAs(wrapped[2]);
        }

        await using var none = new ServiceCollection().BuildServiceProvider();
        Should.Throw<InvalidOperationException>(() => tools[2].WithLlmObservability(none)).Message.ShouldContain("AddLlmObservability");
    }

    [Fact]
    public async Task A_disabled_observer_records_nothing()
    {
        await using var observing = new Observing(options => options.Enabled = false);
        (await new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer).InvokeAsync(null, Token)).ShouldBe("seen");
        (await observing.RowsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clock_that_fails_harms_no_tool()
    {
        var time = new FailingTime();
        await using var observing = new Observing(time: time);
        var wrapped = new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer);
        time.Fails = true;
        (await wrapped.InvokeAsync(null, Token)).ShouldBe("seen");
        time.Fails = false;

        observing.Observer.GetStatistics().RecorderErrors.ShouldBeGreaterThan(0);
        (await observing.RowsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_function_whose_name_throws_can_be_wrapped()
    {
        await using var observing = new Observing();
        var wrapped = new NamelessFunction().WithLlmObservability(observing.Observer);
        Should.Throw<NotSupportedException>(() => wrapped.Name);
        await wrapped.InvokeAsync(null, Token);
        (await observing.OnlyRowAsync()).Row.Name.ShouldBe("_OTHER");
    }

    [Theory]
    [InlineData(null, "function")]
    [InlineData(" ", "function")]
    [InlineData("a2a", "a2a")]
    [InlineData("a nul\0 inside", "a nul\uFFFD inside")]
    public async Task The_type_is_the_applications_word(string? type, string expected)
    {
        await using var observing = new Observing();
        var tool = new ScriptedFunction("look", (_, _) => default);
        await tool.WithLlmObservability(observing.Observer, new LlmToolOptions { Type = type }).InvokeAsync(null, Token);
        (await observing.OnlyRowAsync()).Row.Type.ShouldBe(expected);
    }

    [Fact]
    public async Task A_type_is_cut()
    {
        await using var observing = new Observing();
        var tool = new ScriptedFunction("look", (_, _) => default);
        await tool.WithLlmObservability(observing.Observer, new LlmToolOptions { Type = new string('a', 1000) }).InvokeAsync(null, Token);
        (await observing.OnlyRowAsync()).Row.Type.ShouldBe(new string('a', 64));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_over_mcp_is_recognised_through_wrappers_and_its_error_is_a_failure(bool fails)
    {
        await using var observing = new Observing();
        var tool = new ModelContextProtocol.Client.McpClientTool(fails);
        AIFunction[] wrappers = [tool, new ApprovalRequiredAIFunction(tool), new Renamed(new Renamed(tool))];
        foreach (var wrapper in wrappers)
        {
            await wrapper.WithLlmObservability(observing.Observer).InvokeAsync(null, Token);
        }

        var rows = await observing.RowsAsync();
        rows.Count.ShouldBe(3);
        rows.ShouldAllBe(row => row.Row.Type == "mcp");
        rows.ShouldAllBe(row => row.Row.Outcome == (fails ? LlmOutcome.Failed : LlmOutcome.Completed));
        rows.ShouldAllBe(row => row.Row.ErrorType == (fails ? "tool_error" : null));
        await tool.WithLlmObservability(observing.Observer, new LlmToolOptions { Type = "weather" }).InvokeAsync(null, Token);
        (await observing.RowsAsync()).Count(row => row.Row.Type == "weather").ShouldBe(1);
    }

    [Fact]
    public async Task What_is_ambient_around_a_tool_is_ambient_inside_and_as_before_after_it()
    {
        await using var observing = new Observing();
        using var listening = new Telemetry.Listening(observing);
        using var source = new ActivitySource("test " + Guid.NewGuid());
        using var around = new Activity("around").Start();
        Activity? inside = null, later = null;
        var wrapped = new ScriptedFunction("look", async (_, _) =>
        {
            inside = Activity.Current;
            await Task.Yield();
            later = Activity.Current;
            return null;
        }).WithLlmObservability(observing.Observer);

        var running = wrapped.InvokeAsync(null, Token);
        Activity.Current.ShouldBeSameAs(around);
        await running;

        Activity.Current.ShouldBeSameAs(around);
        inside.ShouldNotBeNull().ShouldBeSameAs(later);
        inside.Parent.ShouldBeSameAs(around);
    }

    [Description("Adds.")]
    private static int Add(int left, int right) => left + right;

    private sealed class Renamed(AIFunction inner) : DelegatingAIFunction(inner)
    {
        public override string Name => "renamed";
    }

    private sealed class NamelessFunction : AIFunction
    {
        public override string Name => throw new NotSupportedException();

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => default;
    }

    private sealed class FailingTime : TimeProvider
    {
        public bool Fails { get; set; }

        public override long GetTimestamp() => Fails ? throw new InvalidOperationException("No time.") : base.GetTimestamp();
    }
}
