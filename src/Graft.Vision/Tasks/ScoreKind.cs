using System.Globalization;

namespace Graft.Vision.Tasks;

/// <summary>The one number that models of a task are compared by; greater is better.</summary>
/// <param name="Name">What files call it: <c>top1</c>, <c>map</c>, <c>r2</c>.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Short">The same where there is little room.</param>
/// <param name="IsPart">Whether it is a part, written as a percentage.</param>
internal sealed record ScoreKind(string Name, string Title, string Short, bool IsPart)
{
    /// <summary>Of classes: the part of the images whose class is recognized.</summary>
    public static ScoreKind Top1 { get; } = new("top1", "top-1", "top-1", IsPart: true);

    /// <summary>Of several labels: the mean average precision.</summary>
    public static ScoreKind MeanAveragePrecision { get; } = new("map", "mean average precision", "mAP", IsPart: true);

    /// <summary>Of numbers: the part of their variance that is told. It may be negative, and is written as it is.</summary>
    public static ScoreKind R2 { get; } = new("r2", "R2", "R2", IsPart: false);

    /// <summary>The score of a task.</summary>
    public static ScoreKind Of(ModelTask task) => task switch
    {
        ModelTask.MultiLabel => MeanAveragePrecision,
        ModelTask.Regress => R2,
        _ => Top1,
    };

    /// <summary>The score of a name; one that no task has is called by its name.</summary>
    public static ScoreKind Of(string name) => Array.Find((ScoreKind[])[Top1, MeanAveragePrecision, R2], kind => kind.Name == name) ?? new(name, name, name, IsPart: false);

    /// <summary>A score as people read it, without what it is: 87.5 %, 0.912.</summary>
    public string Text(double score) => IsPart ? (100 * score).ToString("0.0", CultureInfo.InvariantCulture) + " %" : score.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>A score with what it is, where that is not the part of images that are right: 87.5 %, mean average precision 87.5 %, R2 0.912.</summary>
    public string Said(double score) => this == Top1 ? Text(score) : $"{Title} {Text(score)}";
}
