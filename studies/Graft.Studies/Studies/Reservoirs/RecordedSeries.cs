using System.Collections.Immutable;
using Graft.Reservoirs.Series;
using Graft.Studies.Output;
using Graft.Studies.Studies.Reservoirs.Recorded;

namespace Graft.Studies.Studies.Reservoirs;

/// <summary>Two recordings that papers on echo state networks measure by, in files that the user has: nine men's vowels and a laser.</summary>
internal sealed class RecordedSeries : IStudy
{
    /// <inheritdoc/>
    public string Name => "recorded-series";

    /// <inheritdoc/>
    public string Claim => "States read at several points of an utterance tell nine speakers apart with next to no errors (Jaeger, Lukosevicius, Popovici, Siewert, Neural Networks 20, 2007), and a reservoir foretells a chaotic laser.";

    /// <inheritdoc/>
    public bool TakesImages => false;

    /// <inheritdoc/>
    public bool TakesRecordings => true;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts => [VowelsTask.Chart, LaserTask.Chart];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        List<Row> rows = [];
        if (context.Recordings.Vowels is { } folder) rows.AddRange(VowelsTask.Run(context, JapaneseVowels.Read(Path.Combine(folder, "ae.train")), JapaneseVowels.Read(Path.Combine(folder, "ae.test"))));
        else if (context.Quick) rows.AddRange(VowelsTask.Run(context, DrawnRecordings.Vowels(1), DrawnRecordings.Vowels(2)));
        if (context.Recordings.Laser is { } file) rows.AddRange(LaserTask.Run(context, SantaFeLaser.Read(file)));
        else if (context.Quick) rows.AddRange(LaserTask.Run(context, DrawnRecordings.Laser(1000)));
        return rows;
    }
}
