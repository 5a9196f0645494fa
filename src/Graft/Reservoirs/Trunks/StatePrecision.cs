namespace Graft.Reservoirs.Trunks;

/// <summary>The number type of a trunk's states.</summary>
public enum StatePrecision
{
    /// <summary>4 bytes: the fastest. States are rounded to 7 digits, which caps forecasts of chaotic series near an error of 1e-4.</summary>
    Float32,

    /// <summary>8 bytes: the most accurate.</summary>
    Float64,
}
