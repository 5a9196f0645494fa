namespace Graft.Studies.Output;

/// <summary>The values of one setting over its seeds.</summary>
/// <param name="X">The place on the horizontal axis.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Low">The least.</param>
/// <param name="High">The greatest.</param>
internal sealed record Spread(double X, double Mean, double Low, double High)
{
    /// <summary>The series of a measure in the order of their first rows, their settings in the order of x. Settings at which some training broke down are left out.</summary>
    public static IReadOnlyList<(string Series, IReadOnlyList<Spread> Points)> Of(IEnumerable<Row> rows, string measure) =>
    [
        .. from row in rows
           where row.Measure == measure
           group row by row.Series into series
           select (series.Key, (IReadOnlyList<Spread>)
           [
               .. from row in series
                  group row.Value by row.X into values
                  where values.All(double.IsFinite)
                  orderby values.Key
                  select new Spread(values.Key, values.Average(), values.Min(), values.Max()),
           ]),
    ];
}
