using Graft.Formats;

namespace Graft.Lite.Reading;

/// <summary>An operator of a file.</summary>
internal sealed class LiteOperator
{
    private const int MostValues = 64;

    private readonly LiteFile file;
    private readonly FlatTable? options;

    public LiteOperator(LiteFile file, int index, FlatTable table)
    {
        (this.file, Index) = (file, index);
        Type = file.TypeOf(table.UInt(0));
        (Inputs, Outputs) = (table.Ints(1, MostValues, "input of an operator"), table.Ints(2, MostValues, "output of an operator"));
        options = table.Table(4);
    }

    /// <summary>Its place in the file.</summary>
    public int Index { get; }

    /// <summary>What it does, by the schema's name.</summary>
    public string Type { get; }

    /// <summary>The tensors that it takes; -1 for one that is left out.</summary>
    public int[] Inputs { get; }

    /// <summary>The tensors that it gives.</summary>
    public int[] Outputs { get; }

    /// <summary>The tensor that it gives.</summary>
    public LiteTensor Output => Outputs.Length == 1 ? file.Tensor(Outputs[0]) : throw Refuse($"it gives {Amount.Of(Outputs.Length, "value")}, and one is read.");

    public bool Has(int input) => input < Inputs.Length && Inputs[input] >= 0;

    /// <summary>A whole number among its options, of 32 bits.</summary>
    public int Int(int field, int absent = 0) => options?.Int(field, absent) ?? absent;

    /// <summary>One of few, of 8 bits.</summary>
    public int Choice(int field) => options?.SByte(field) ?? 0;

    public bool Flag(int field) => options?.Flag(field) ?? false;

    public float Float(int field, float absent) => options?.Float(field, absent) ?? absent;

    public int[] Ints(int field) => options?.Ints(field, 8, "axis") ?? [];

    /// <summary>An error about it: what is not read, and where.</summary>
    public WeightFileException Refuse(string problem)
    {
        string place = Outputs.Length > 0 && file.Tensor(Outputs[0]).Name is { Length: > 0 } name ? $" that gives {WeightFileException.Quote(name)}" : "";
        return new WeightFileException(file.Name, $"operator {Index} of type '{Type}'{place}: {problem}");
    }
}
