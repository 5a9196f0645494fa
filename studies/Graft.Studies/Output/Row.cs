namespace Graft.Studies.Output;

/// <summary>One number that was measured.</summary>
/// <param name="Measure">What was measured, for example <c>error</c>.</param>
/// <param name="Series">The line of the plot that it belongs to, for example <c>group norm</c>.</param>
/// <param name="X">Its place on the plot's horizontal axis, for example the batch.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Value">The number; not a number where a training broke down.</param>
internal sealed record Row(string Measure, string Series, double X, ulong Seed, double Value);
