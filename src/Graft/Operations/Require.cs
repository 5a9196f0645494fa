using System.Runtime.CompilerServices;

namespace Graft.Operations;

/// <summary>Checks of attributes.</summary>
internal static class Require
{
    public static int Positive(int value, string name) => value > 0
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive, not {value}.");

    public static float Fraction(float value, [CallerMemberName] string name = "") => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be in [0, 1), not {value}.");

    public static float PositiveFinite(float value, [CallerMemberName] string name = "") => value > 0 && float.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive and finite, not {value}.");
}
