namespace Graft.Vision.Lists;

/// <summary>A file with a row for each image.</summary>
internal interface IImageList
{
    /// <summary>The names of its columns, in order.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>What its labels are known by, in a few words, where its format says what they are; null where its columns say it.</summary>
    string? LabelsFrom => null;

    /// <summary>What a user should know about how its rows were read, in whole sentences, after they were.</summary>
    IEnumerable<string> Remarks => [];

    /// <summary>Its rows, from the beginning: the number that people count it by, and a cell for each column.</summary>
    IEnumerable<(int Number, ListCell[] Cells)> Rows();
}
