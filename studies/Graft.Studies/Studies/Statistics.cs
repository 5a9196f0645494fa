using System.Collections.Immutable;
using Graft.Studies.Output;

namespace Graft.Studies.Studies;

internal sealed class Statistics : IStudy
{
    public string Name => "statistics";

    public string Claim => "";

    public ImmutableArray<Chart> Charts => [];

    public IReadOnlyList<Row> Run(StudyContext context) => [];
}
