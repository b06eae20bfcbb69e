using System.Globalization;

namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>The application's own tags: values that half of the calls carry, one in a hundred, one in a hundred thousand, and none.</summary>
internal static class OwnTags
{
    public const string PlanKey = "plan";
    public const string JobKey = "job";

    /// <summary>Of <see cref="PlanKey"/>: on half of the calls.</summary>
    public const string ProPlan = "pro";
    public const double ProShare = 0.5;

    /// <summary>Of <see cref="JobKey"/>: on one call in a hundred, as each of a dozen.</summary>
    public const string CommonJob = "job-00";
    private const double CommonJobShare = 0.01;
    private const int CommonJobs = 12;

    /// <summary>Of <see cref="JobKey"/>: on one call in a hundred thousand.</summary>
    public const string RareJob = "pilot";
    private const double RareJobShare = 0.00001;

    /// <summary>Of <see cref="JobKey"/>: on no call.</summary>
    public const string NoJob = "nowhere";

    private static readonly string[] Jobs =
        [.. Enumerable.Range(0, CommonJobs).Select(number => string.Create(CultureInfo.InvariantCulture, $"job-{number:00}"))];

    public static KeyValuePair<string, string>[]? Of(bool onProPlan, SeededRandom random)
    {
        var share = random.NextShare();
        var job = share < CommonJobs * CommonJobShare ? Jobs[(int)(share / CommonJobShare)]
            : share > 1 - RareJobShare ? RareJob : null;
        return (onProPlan, job) switch
        {
            (true, null) => [new(PlanKey, ProPlan)],
            (true, _) => [new(JobKey, job), new(PlanKey, ProPlan)],
            (false, null) => null,
            (false, _) => [new(JobKey, job)],
        };
    }
}
