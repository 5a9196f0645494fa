using System.Collections.Immutable;
using Graft.Studies.Output;

namespace Graft.Studies;

/// <summary>One claim of one paper, put to the test at this machine's scale.</summary>
internal interface IStudy
{
    /// <summary>The name on the command line and of the files, for example <c>batch-size</c>.</summary>
    string Name { get; }

    /// <summary>The claim in one sentence, and its paper.</summary>
    string Claim { get; }

    /// <summary>Whether it is about a trained trunk, <see cref="StudyContext.Trunk"/>.</summary>
    bool TakesTrunk => false;

    /// <summary>Whether it compares several trained trunks, <see cref="StudyContext.Trunks"/>.</summary>
    bool TakesTrunks => false;

    /// <summary>Whether it is about images: <see cref="StudyContext.Load"/> and <see cref="StudyContext.Folder"/>.</summary>
    bool TakesImages => true;

    /// <summary>Whether it is about recorded series: <see cref="StudyContext.Recordings"/>.</summary>
    bool TakesRecordings => false;

    /// <summary>The panels of the plot, side by side.</summary>
    ImmutableArray<Chart> Charts { get; }

    /// <summary>The same with what only the rows tell, such as the names of places that were found in a folder.</summary>
    /// <param name="rows">What was measured.</param>
    ImmutableArray<Chart> ChartsOf(IReadOnlyList<Row> rows) => Charts;

    /// <summary>Trains and measures.</summary>
    /// <param name="context">The images, how much to do, and who is told about it.</param>
    /// <returns>What was measured, in an order that does not depend on time or threads.</returns>
    IReadOnlyList<Row> Run(StudyContext context);

    /// <summary>Shows what the images are like, as a JPEG file's content; null where there is nothing special about them.</summary>
    /// <param name="context">The images.</param>
    byte[]? Show(StudyContext context) => null;
}
