using System.Globalization;

namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>Tenants and their users: few do most of the asking. The same for every day of a seed.</summary>
internal sealed class Population
{
    public const int TenantCount = 200;
    public const int UserCount = 20_000;

    // The library's keyed hash of a user's id: 16 bytes in hex.
    private const int HashDigits = 32;
    private const double TenantExponent = 1;
    private const double UserExponent = 0.6;

    private static readonly string[] Names =
    [
        "acme", "globex", "initech", "umbrella", "stark", "wayne", "wonka", "hooli", "vandelay", "cyberdyne",
        "tyrell", "soylent", "oscorp", "aperture", "massive", "virtucon", "gringotts", "monarch", "sirius", "zorg",
    ];

    private readonly Shares _tenantShares = Shares.Zipf(TenantCount, TenantExponent);
    private readonly Shares _userShares = Shares.Zipf(UserCount, UserExponent);
    private readonly int[] _tenantOfUser;

    public Population(ulong seed)
    {
        var random = new SeededRandom(seed);
        Tenants = [.. Enumerable.Range(0, TenantCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"{Names[i % Names.Length]}-{i:000}"))];
        Users = [.. Enumerable.Range(0, UserCount).Select(_ => random.Hex("", HashDigits))];
        _tenantOfUser = [.. Enumerable.Range(0, UserCount).Select(_ => _tenantShares.Pick(random))];
    }

    /// <summary>The largest first.</summary>
    public IReadOnlyList<string> Tenants { get; }

    /// <summary>Who asks most first.</summary>
    public IReadOnlyList<string> Users { get; }

    public (string Tenant, string User) PickUser(SeededRandom random)
    {
        var user = _userShares.Pick(random);
        return (Tenants[_tenantOfUser[user]], Users[user]);
    }

    public string PickTenant(SeededRandom random) => Tenants[_tenantShares.Pick(random)];
}
