namespace Graft.Readouts;

/// <summary>Checks of the options by which a penalty is chosen.</summary>
internal static class PenaltyGrid
{
    public static int Points(int value) => value >= 2 ? value : throw new GraftException($"A grid of penalties has at least 2 points, not {value}.");

    public static int Folds(int value) => value >= 2 ? value : throw new GraftException($"Cross-validation needs at least 2 folds, not {value}.");

    public static double End(double value) => value > 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"The ends of a grid of penalties are finite numbers above zero, not {value}.");
}
