using LlmObservability.Queries;

namespace LlmObservability.Throughput.Analytics.Dashboard;

/// <summary>When the filled calls are, and some values that occur among them.</summary>
/// <param name="To">The whole hour after the last call.</param>
/// <param name="User">A user of the last day, of those that ask most.</param>
/// <param name="Conversation">A conversation of the last day.</param>
/// <param name="Newest">The newest call.</param>
/// <param name="Middle">One in the middle of the last 30 days.</param>
/// <param name="Oldest">One of the first hundred of the last 30 days.</param>
internal sealed record FilledRange(DateTimeOffset To, string User, string Conversation, LlmCall Newest, LlmCall Middle, LlmCall Oldest)
{
    public LlmFilter LastDay => new() { From = To.AddDays(-1), To = To };

    public LlmFilter LastMonth => new() { From = To.AddDays(-30), To = To };

    public static async Task<FilledRange> FindAsync(ILlmStore store)
    {
        var newest = await FirstAsync(store, new LlmFilter(), descending: true);
        var hours = (newest.StartedAt.UtcTicks / TimeSpan.TicksPerHour) + 1;
        var to = new DateTimeOffset(hours * TimeSpan.TicksPerHour, TimeSpan.Zero);
        var oldest = await FirstAsync(store, new LlmFilter { From = to.AddDays(-30) }, descending: false, skip: 60);
        var middle = await FirstAsync(store, new LlmFilter { From = oldest.StartedAt + ((newest.StartedAt - oldest.StartedAt) / 2) }, descending: false);
        var lastDay = new LlmFilter { From = to.AddDays(-1), To = to };
        var users = await store.DistinctAsync(new LlmDistinctRequest { Field = LlmField.User, Filter = lastDay, Limit = 10 }, CancellationToken.None);
        var conversations = await store.DistinctAsync(new LlmDistinctRequest { Field = LlmField.Conversation, Filter = lastDay, Limit = 1 }, CancellationToken.None);
        return new FilledRange(to, users.Values[^1].Value, conversations.Values[0].Value, newest, middle, oldest);
    }

    private static async Task<LlmCall> FirstAsync(ILlmStore store, LlmFilter filter, bool descending, int skip = 0)
    {
        var page = await store.ListAsync(
            new LlmListRequest { Filter = filter, Order = new LlmOrder(LlmField.StartedAt, descending), Limit = skip + 1 }, CancellationToken.None);
        return page.Calls[^1];
    }
}
