namespace Replay;

/// <summary>A lognormal distribution, given by its median and the standard deviation of its logarithm.</summary>
internal readonly struct LogNormal(double median, double sigma)
{
    public double Next(Random random)
    {
        // Box-Muller: two uniform draws make one normal one. 1 − u is never 0.
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return median * Math.Exp(sigma * normal);
    }
}
