using LlmObservability.Testing;

namespace LlmObservability.Tests.Calls;

public class AmendTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_repricing_is_refused_with_a_word_on_who_writes_it(bool enabled)
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink]);
        observer.Enabled = enabled;
        var call = ScriptedCalls.Create(1)[0].Call;
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(call.StartedAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = call.StartedAt,
            Kind = LlmVocabulary.Repricing,
        };

        Should.Throw<ArgumentException>(() => observer.Amend(amendment)).Message.ShouldContain("PostgresLlmStore.RepriceAsync");
        observer.Amend(amendment with { Kind = "repricing note" });

        await observer.FlushAsync(TestContext.Current.CancellationToken);
        sink.Batches.Sum(batch => batch.Envelopes.Count).ShouldBe(enabled ? 1 : 0);
    }
}
