namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>The visits that are under way: a call belongs to any of them, and one in four begins a new one.</summary>
internal sealed class Visits(Population population, SeededRandom random)
{
    private const int UnderWay = 400;
    private const double ShareThatBegins = 0.25;

    private static readonly Shares LaneShares = new(Lane.All.Select(lane => lane.Weight));

    private readonly Visit?[] _open = new Visit?[UnderWay];

    public Visit Next()
    {
        var place = random.Next(UnderWay);
        return _open[place] is { } visit && !random.Hits(ShareThatBegins) ? visit : _open[place] = Begin();
    }

    private Visit Begin()
    {
        var lane = Lane.All[LaneShares.Pick(random)];
        var variant = !lane.Route.HasVariants ? null : random.Hits(0.5) ? "a" : "b";
        var onProPlan = random.Hits(OwnTags.ProShare);
        if (!lane.Route.Interactive)
        {
            return new Visit(lane, population.PickTenant(random)) { Variant = variant, OnProPlan = onProPlan };
        }

        var (tenant, user) = population.PickUser(random);
        return new Visit(lane, tenant)
        {
            User = user,
            Session = random.Hex("", 24),
            Conversation = lane.Route.Converses ? random.Hex("conv_", 24) : null,
            Variant = variant,
            OnProPlan = onProPlan,
        };
    }
}
