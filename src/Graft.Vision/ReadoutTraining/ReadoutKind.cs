namespace Graft.Vision.ReadoutTraining;

/// <summary>The kinds of readout.</summary>
public enum ReadoutKind
{
    /// <summary>Ridge regression onto the classes, in closed form.</summary>
    Ridge,

    /// <summary>Multinomial logistic regression.</summary>
    Logistic,
}
