import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

/** An Auto Scaling group: instances, and tags for the fields asg-tag and asg-tag-2. */
export interface AutoScalingGroup extends Resource {
  readonly region: string;
  readonly name: string;
  readonly instanceIds: readonly string[];
}

/** An instance is in one group. One that no interface and no list names is a slip of the pen. */
export function checkAutoScalingGroups(checking: Checking): void {
  const groups = new Map<string, string>();
  for (const it of checking.parts.autoScalingGroups) {
    it.instanceIds.forEach((instance, i) => {
      const known =
        checking.instanceVpcs(instance).size > 0 || checking.find('instances', instance) !== undefined;
      if (!known) {
        const message = `${instance} is not there: an interface names it, or it is under "instances"`;
        checking.report(it, ['instances', i], message);
      }
      const other = groups.get(instance);
      if (other !== undefined) {
        checking.report(it, ['instances', i], `${instance} is in the group ${other} already`);
      }
      groups.set(instance, it.name);
    });
  }
}
