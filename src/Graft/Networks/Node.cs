using System.Collections.Immutable;
using Graft.Operations;

namespace Graft.Networks;

/// <summary>A step of a network. The value it computes bears its name.</summary>
/// <param name="Name">The unique name, for example <c>blocks.1.0.conv_pw</c>.</param>
/// <param name="Operation">What it computes.</param>
/// <param name="Inputs">The names of the values that it takes: network inputs or earlier nodes.</param>
public sealed record Node(string Name, Operation Operation, ImmutableArray<string> Inputs)
{
    /// <summary>The prefix of the names of its weights. Two nodes with one scope share their weights.</summary>
    public string Scope { get; init; } = Name;

    /// <summary>The full name of one of its weights.</summary>
    public string WeightName(string parameter) => $"{Scope}.{parameter}";

    /// <summary>The node where its inputs' values are others.</summary>
    /// <param name="values">The value to take for each that it takes.</param>
    internal Node Taking(Func<string, string> values) => this with { Inputs = [.. Inputs.Select(values)] };

    /// <summary>The node under other names.</summary>
    /// <param name="values">The new name of each value, the node's own among them.</param>
    /// <param name="scopes">The new name of its scope.</param>
    internal Node Renamed(Func<string, string> values, Func<string, string> scopes) => Taking(values) with { Name = values(Name), Scope = scopes(Scope) };

    /// <inheritdoc/>
    public bool Equals(Node? other) =>
        other is not null && Name == other.Name && Scope == other.Scope && Operation == other.Operation && Inputs.SequenceEqual(other.Inputs);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Operation);
}

/// <summary>An input of a network: an image <c>[batch, height, width, channels]</c> whose batch is free.</summary>
/// <param name="Name">The value's name.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Channels">The number of channels.</param>
public sealed record NetworkInput(string Name, int Height, int Width, int Channels);

/// <summary>A value that a network gives out: its result, or a tap on features inside.</summary>
/// <param name="Name">The name that users know, for example <c>logits</c>, <c>features</c> or <c>stride16</c>.</param>
/// <param name="Value">The node or input that computes it.</param>
public sealed record NetworkOutput(string Name, string Value);
