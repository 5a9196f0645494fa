namespace Graft.Numerics;

/// <summary>Refuses values that would turn a result into NaN.</summary>
internal static class Finite
{
    public static void Check(ReadOnlySpan<double> values, string what)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new GraftException($"{what} needs finite values; value {i} of {values.Length} is {values[i]}. Remove or replace it.");
        }
    }
}
