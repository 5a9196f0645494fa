using System.Collections.Immutable;

namespace Graft.Reservoirs.Tasks;

/// <summary>d(t) = (1 - B^l1)(1 - B^l2)... z(t), B the step back: differences over some lags, and their undoing.</summary>
internal sealed class Differences
{
    // All but that of z(t), which is 1.
    private readonly (int Lag, double Coefficient)[] terms;

    public Differences(IReadOnlyList<int> lags)
    {
        Order = lags.Sum();
        double[] polynomial = new double[Order + 1];
        polynomial[0] = 1;
        foreach (int lag in lags)
        {
            for (int j = Order; j >= lag; j--) polynomial[j] -= polynomial[j - lag];
        }

        terms = [.. Enumerable.Range(1, Order).Where(j => polynomial[j] != 0).Select(j => (j, polynomial[j]))];
    }

    /// <summary>How many earlier rows a difference takes.</summary>
    public int Order { get; }

    /// <summary>What z(t) is where d(t) is 0: the naive forecast.</summary>
    public double Naive(History history, int series)
    {
        double sum = 0;
        foreach ((int lag, double coefficient) in terms) sum -= coefficient * history[lag, series];
        return sum;
    }

    public static ImmutableArray<int> Lags(Differencing differencing, int season) => differencing switch
    {
        Differencing.First => [1],
        Differencing.Seasonal => [season],
        Differencing.Both => [1, season],
        _ => [],
    };
}
