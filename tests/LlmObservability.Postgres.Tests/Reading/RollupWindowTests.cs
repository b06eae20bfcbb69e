using FsCheck;
using FsCheck.Fluent;
using LlmObservability.Queries;

namespace LlmObservability.Postgres.Tests.Reading;

/// <summary>A window and the one before it, cut into what tells them.</summary>
public sealed class RollupWindowTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 20, 10, 20, 30, TimeSpan.Zero);

    [Fact]
    public void The_period_before_ends_where_a_window_begins_and_no_instant_is_told_twice()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(Cases(), one =>
        {
            var (from, to, limits, finest) = one;
            var window = RollupWindow.Cut(from, to, finest, LlmBucket.None, limits);
            if (!window.HasLevels)
            {
                return true;
            }

            var (before, until) = window.Before(from, to);
            var earlier = RollupWindow.Cut(before, until, finest, LlmBucket.None, limits);
            var (told, toldBefore) = (Told(window), Told(earlier));
            return Gapless(told) && Gapless(toldBefore)
                && (toldBefore.Count == 0 || toldBefore[^1].To == told[0].From)
                // As long as the window, unless the calls of its begin are gone.
                && (toldBefore.Count == 0 || earlier.CappedFrom is not null || before < limits.CallsFrom || toldBefore[0].From == before)
                && told[^1].To - told[0].From == until - before;
        }));
    }

    [Fact]
    public void Where_calls_are_kept_a_window_is_told_exactly()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(Cases(), one =>
        {
            var (from, to, limits, finest) = one;
            var window = RollupWindow.Cut(from, to, finest, LlmBucket.None, limits with { CallsFrom = DateTimeOffset.MinValue });
            var told = Told(window);
            return told[^1].To == to && told[0].From == (window.CappedFrom ?? from) && Gapless(told);
        }));
    }

    /// <summary>What a window is told from, by time.</summary>
    private static List<(DateTimeOffset From, DateTimeOffset To)> Told(RollupWindow window) =>
        [.. window.Raw.Concat(window.Levels.Select(level => (level.From, level.To))).OrderBy(stretch => stretch.Item1)];

    private static bool Gapless(List<(DateTimeOffset From, DateTimeOffset To)> told) =>
        told.TrueForAll(stretch => stretch.From < stretch.To) && told.Zip(told.Skip(1)).All(pair => pair.First.To == pair.Second.From);

    private static Arbitrary<(DateTimeOffset From, DateTimeOffset To, RollupLimits Limits, TimeSpan Finest)> Cases()
    {
        // Times near to where something ends, at odd seconds, and on the hour and day.
        var minutes = Gen.OneOf(Gen.Choose(0, 100 * 24 * 60), Gen.Choose(0, 3 * 24 * 60), Gen.Choose(0, 100).Select(day => day * 24 * 60));
        var time = minutes.SelectMany(back => Gen.Elements(0, 1, 17, 1_800).Select(second => Now.AddMinutes(-back).AddSeconds(second)))
            .SelectMany(at => Gen.Elements(at, new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero), at.AddMinutes(-at.Minute).AddSeconds(-at.Second)));
        var days = Gen.Elements(1, 3, 30, 60, 90);
        return (
            from one in time
            from other in time
            where one != other
            from raw in days
            from hours in days
            from since in Gen.Elements(0, 50, 200)
            from scan in Gen.Elements(1, 24, 7 * 24)
            from finest in Gen.Elements(RollupDeltas.Minute, RollupDeltas.Hour)
            select (
                one < other ? one : other,
                one < other ? other : one,
                new RollupLimits(Now, since == 0 ? DateTimeOffset.MinValue : Now.AddDays(-since), Now.AddDays(-raw), Now.AddDays(-Math.Max(31, hours)), TimeSpan.FromHours(scan)),
                finest)).ToArbitrary();
    }
}
