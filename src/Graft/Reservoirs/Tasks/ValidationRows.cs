namespace Graft.Reservoirs.Tasks;

/// <summary>
/// The last part of a history, on which nothing is fitted while a forecaster is chosen. Blocks of its rows take turns: one block chooses and sets the widths of intervals, the next judges what was chosen. So
/// both see what is recent, and no row that judges has chosen.
/// </summary>
/// <param name="First">Its first row.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Block">How many rows a block has.</param>
internal sealed record ValidationRows(int First, int Rows, int Block)
{
    // As many are enough to choose and to judge on; what is before is more to learn from.
    private const int MostRows = 4000;

    private const int LeastBlocks = 4;

    private const double GoldenRatio = 0.6180339887498949;

    /// <summary>Two fifths of the rows; of a short history up to a half, so that whole forecasts fit in.</summary>
    /// <param name="rows">The rows of the history.</param>
    /// <param name="horizon">How many steps ahead are forecast.</param>
    /// <param name="season">The rows of a season. Blocks are whole seasons where there is room, so that each part of the season chooses and judges.</param>
    public static ValidationRows Of(int rows, int horizon, int season)
    {
        int held = Math.Clamp(Math.Min(2 * rows / 5, MostRows), Math.Min(rows / 2, horizon + Math.Min(rows / 10, 10)), rows / 2);
        int longest = Math.Max(1, held / LeastBlocks), wanted = (horizon + season - 1) / season * season;
        return new ValidationRows(rows - held, held, wanted <= longest ? wanted : season <= longest ? longest / season * season : longest);
    }

    /// <summary>Whether a row judges; all others of this part choose, those of the last block among them: what is chosen is to forecast what comes next.</summary>
    public bool Judges(int row) => (First + Rows - 1 - row) / Block % 2 == 1;

    /// <summary>
    /// Rows to forecast from, in order: one in each of equal parts, at places within them that follow the golden ratio. Equal distances would keep step with the blocks: all could lie on rows that judge,
    /// or all on the same day of the week.
    /// </summary>
    /// <param name="most">The most of them.</param>
    public int[] Origins(int most)
    {
        int count = Math.Min(Rows, most);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int start = (int)((long)i * Rows / count), end = (int)((i + 1L) * Rows / count);
            return First + start + (int)((end - start) * (i * GoldenRatio % 1));
        })];
    }

    /// <summary>How many rows judge.</summary>
    public int Judging => Enumerable.Range(First, Rows).Count(Judges);

    /// <summary>How many forecasts so many steps ahead of rows that choose do not overlap: errors of those that do say the same twice.</summary>
    public int Apart(int steps) => Math.Max(1, (Rows - Judging) / steps);
}
