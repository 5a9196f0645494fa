using Graft.Tensors;

namespace Graft.Operations;

/// <summary>Takes an operation's name and fields into a file. A field at its default is not written.</summary>
internal abstract class FieldWriter
{
    /// <summary>Writes the operation's name.</summary>
    public abstract void Name(string operation);

    /// <summary>Writes a whole number.</summary>
    public abstract void Int(string name, int value);

    /// <summary>Writes a number.</summary>
    public abstract void Float(string name, float value);

    /// <summary>Writes true or false.</summary>
    public abstract void Flag(string name, bool value);

    /// <summary>Writes a word.</summary>
    public abstract void Text(string name, string value);

    /// <summary>Writes some whole numbers.</summary>
    public abstract void Ints(string name, params ReadOnlySpan<int> values);

    /// <summary>Writes some numbers.</summary>
    public abstract void Floats(string name, params ReadOnlySpan<float> values);

    /// <summary>Writes a whole number that is not the default.</summary>
    public void Int(string name, int value, int absent)
    {
        if (value != absent) Int(name, value);
    }

    /// <summary>Writes a flag that is not the default.</summary>
    public void Flag(string name, bool value, bool absent)
    {
        if (value != absent) Flag(name, value);
    }

    /// <summary>Writes <c>padding</c>, if there is any: <c>"same"</c> or <c>[top, bottom, left, right]</c>.</summary>
    public void Padding(Padding padding)
    {
        if (padding == Tensors.Padding.None) return;
        if (padding.IsSame) Text("padding", "same");
        else Ints("padding", padding.Top, padding.Bottom, padding.Left, padding.Right);
    }
}
