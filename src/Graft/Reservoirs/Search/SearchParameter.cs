namespace Graft.Reservoirs.Search;

/// <summary>A number that is searched for.</summary>
public sealed record SearchParameter
{
    /// <summary>Makes a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="low">Its least value.</param>
    /// <param name="high">Its greatest value.</param>
    /// <param name="isLogarithmic">Whether it is searched for evenly in its logarithm.</param>
    /// <exception cref="GraftException">The range is empty or not finite, or reaches 0 where logarithms are taken.</exception>
    public SearchParameter(string name, double low, double high, bool isLogarithmic = false)
    {
        if (!(low < high) || !double.IsFinite(low) || !double.IsFinite(high) || (isLogarithmic && low <= 0))
            throw new GraftException($"The range of '{name}' is from a finite number to a greater one{(isLogarithmic ? ", above 0 for a logarithmic range" : "")}, not from {low} to {high}.");
        (Name, Low, High, IsLogarithmic) = (name, low, high, isLogarithmic);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its least value.</summary>
    public double Low { get; }

    /// <summary>Its greatest value.</summary>
    public double High { get; }

    /// <summary>Whether it is searched for evenly in its logarithm.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>The value at a place in [0, 1].</summary>
    internal double At(double place) => Math.Clamp(IsLogarithmic ? Low * Math.Pow(High / Low, place) : Low + (place * (High - Low)), Low, High);

    /// <summary>The place of a value.</summary>
    internal double Place(double value) => IsLogarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);
}
