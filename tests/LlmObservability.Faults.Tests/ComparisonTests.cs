using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Tests;

/// <summary>The comparison finds what it is there to find.</summary>
public sealed class ComparisonTests
{
    private static readonly LedgerEntry[] Promised = [.. Enumerable.Range(0, 16).Select(Entry)];

    [Fact]
    public void A_store_that_has_it_all_is_sound()
    {
        var comparison = Comparison.Of(Promised, Rows(Promised));

        comparison.Lost.ShouldBe(0);
        comparison.Duplicated.ShouldBe(0);
        comparison.Unpromised.ShouldBe(0);
        comparison.Wrong.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_missing_is_found()
    {
        var rows = Rows(Promised);
        rows.Calls.RemoveAll(call => call.Id == Promised[0].Id);
        rows.Amendments.Clear();
        rows.Tools.Remove(Promised.Single(entry => entry.Shape == WorkShape.LateTool).Id);
        rows.Attempts.Clear();

        var comparison = Comparison.Of(Promised, rows);

        comparison.LostCalls.ShouldBe([Promised[0]]);
        comparison.LostLater.Select(entry => entry.Shape).ShouldBe([WorkShape.LateTool, WorkShape.Amended], ignoreOrder: true);
        comparison.Wrong.ShouldHaveSingleItem().ShouldContain("rows of attempts is 0, promised 2");
    }

    [Fact]
    public void What_is_there_twice_is_found()
    {
        var rows = Rows(Promised);
        rows.Calls.Add(rows.Calls[3]);
        rows.Attempts[Promised.Single(entry => entry.Shape == WorkShape.Attempts).Id]++;
        rows.Tools[Promised.Single(entry => entry.Shape == WorkShape.Tool).Id]++;
        rows.Amendments[Promised.Single(entry => entry.Shape == WorkShape.Amended).Id]++;

        Comparison.Of(Promised, rows).Duplicated.ShouldBe(4);
    }

    [Fact]
    public void What_differs_or_was_never_promised_is_found()
    {
        var rows = Rows(Promised);
        rows.Calls[1] = rows.Calls[1] with { CostNanos = 1 };
        rows.Calls[4] = rows.Calls[4] with { Number = "0/5" };
        rows.Calls.Add(rows.Calls[0] with { Id = Guid.NewGuid() });

        var comparison = Comparison.Of(Promised, rows);

        comparison.Wrong.Count.ShouldBe(2);
        comparison.Wrong[0].ShouldContain("cost_nanos is 1, promised");
        comparison.Wrong[1].ShouldContain("tags is 0/5, promised 0/4");
        comparison.Unpromised.ShouldBe(1);
    }

    [Fact]
    public void A_ledger_is_read_up_to_where_it_was_written()
    {
        var folder = Directory.CreateTempSubdirectory("llm-observability-ledger-").FullName;
        try
        {
            using (var writer = new LedgerWriter(folder, producer: 0))
            {
                Array.ForEach(Promised, entry => writer.Write(entry));
            }

            using (var file = File.OpenWrite(Directory.GetFiles(folder).ShouldHaveSingleItem()))
            {
                file.SetLength(file.Length - 1);
            }

            Ledger.Read(folder).ShouldBe(Promised.SkipLast(1));
            Ledger.Count(folder).ShouldBe(Promised.Length - 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static LedgerEntry Entry(int number) => new()
    {
        Id = Guid.NewGuid(),
        StartedAt = number,
        InputTokens = Work.InputTokensOf(0, number),
        OutputTokens = Work.OutputTokensOf(0, number),
        CostNanos = 1_000 + number,
        ReturnedAt = number,
        Took = 1,
        Producer = 0,
        Number = number,
        Check = LedgerEntry.Whole,
    };

    private static StoredRows Rows(IEnumerable<LedgerEntry> entries)
    {
        var rows = new StoredRows();
        foreach (var entry in entries)
        {
            rows.Calls.Add(new StoredCall(
                entry.Id, entry.StartedAt, entry.InputTokens, entry.OutputTokens, entry.CostNanos, entry.Shape == WorkShape.Attempts ? 2 : 1,
                Work.ToolsOf(entry.Shape), Work.TenantOf(entry.Number), Work.NumberOf(entry.Producer, entry.Number)));
            rows.Attempts[entry.Id] = Work.AttemptsOf(entry.Shape);
            rows.Tools[entry.Id] = Work.ToolsOf(entry.Shape);
            rows.Amendments[entry.Id] = Work.AmendmentsOf(entry.Shape);
        }

        return rows;
    }
}
