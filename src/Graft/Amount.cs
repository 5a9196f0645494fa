using System.Globalization;

namespace Graft;

/// <summary>Numbers of things, in words.</summary>
internal static class Amount
{
    /// <summary>For example <c>1 image</c>, <c>2,000 images</c>, <c>0 classes</c>.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="one">What one of them is called.</param>
    /// <param name="many">What several are called, where that is not formed as of most words.</param>
    public static string Of(long count, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {Word(count, one, many)}");

    /// <summary>The word alone: for example <c>images</c>, or with both given <c>are</c>.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="one">The word for one.</param>
    /// <param name="many">That for several, where it is not formed as of most words.</param>
    public static string Word(long count, string one, string? many = null) => count == 1 ? one : many ?? Plural(one);

    private static string Plural(string one) => one[^1] switch
    {
        's' or 'x' => one + "es",
        'h' when one.EndsWith("epoch", StringComparison.Ordinal) => one + "s",
        'h' when one[^2] is 'c' or 's' => one + "es",
        'y' when !"aeiou".Contains(one[^2]) => one[..^1] + "ies",
        _ => one + "s",
    };
}
