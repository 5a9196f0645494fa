namespace Graft.Operations;

/// <summary>
/// The name of an operation in a <c>.graft</c> file: it stays when the record is renamed. The operation has a method <c>static Read(FieldReader)</c>; <see cref="OperationRegistry"/> is written from these while building.
/// </summary>
/// <param name="name">The name.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class OperationNameAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}
