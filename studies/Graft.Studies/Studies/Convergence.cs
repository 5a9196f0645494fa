using System.Collections.Immutable;
using Graft.Studies.Output;

namespace Graft.Studies.Studies;

internal sealed class Convergence : IStudy
{
    public string Name => "convergence";

    public string Claim => "";

    public ImmutableArray<Chart> Charts => [];

    public IReadOnlyList<Row> Run(StudyContext context) => [];
}
