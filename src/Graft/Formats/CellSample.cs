namespace Graft.Formats;

/// <summary>A cell that is told of.</summary>
/// <param name="Row">Its row as a spreadsheet counts them, from 1.</param>
/// <param name="Text">What it holds.</param>
internal sealed record CellSample(int Row, string Text);
