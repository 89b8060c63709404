import { describe, expect, test } from 'vitest'
import { redacted } from './reading.ts'

describe('passwords that people and commands write', () => {
  test.each([
    ["password='it''s a hunter2xx' next", /^password='‹[^›]*›' next$/],
    ['password="a ""hunter2xx"" b" next', /^password="‹[^›]*›" next$/],
    ['pwd=hunter2xx', /^pwd=‹/],
    ['{"pwd":"hunter2xx"}', /^\{"pwd":"‹/],
    ['my Password is: hunter2xx', /^my Password is: ‹[^›]*›$/],
    ['my password is: hunterxx.', /^my password is: ‹/],
    ['password is hunter2xx, ok', /^password is ‹[^›]*›/],
    ['the passphrase was "hunter xx" then', /^the passphrase was "‹[^›]*›" then$/],
    ['machine x login u password hunter2xx', /^machine x login u password ‹[^›]*›$/],
    ['machine x\n  login u\n  password hunter2xx\n', /password ‹[^›]*›\n$/],
    ['docker login -u x -p hunter2xx r.example', /-p ‹[^›]*› r\.example$/],
    ['podman login -phunter2xx r.example', /-p‹[^›]*› r\.example$/],
    ['helm registry login r.example -u x -p "hunter2xx"', /-p "‹[^›]*›"$/],
    ['oc login https://k -u x -p hunter2xx', /-p ‹/],
    ['{"command":["docker","login","-u","x","-p","hunter2xx"]}', /"-p","‹[^›]*›"\]\}$/],
    ['/exec?command=docker&command=login&command=-p&command=hunter2xx&x=1', /command=-p&command=‹/],
    ['echo "hunter2xx" | passwd --stdin u', /^echo .?‹[^›]*›.? \| passwd --stdin u$/],
    ['echo -n hunter2xx | docker login -u x --password-stdin', /^echo -n ‹[^›]*› \| docker/],
    ["printf 'u:hunter2xx' | sudo chpasswd", /^printf .?‹[^›]*›.? \| sudo chpasswd$/],
  ])('%j', (text, shape) => {
    expect(redacted(text)).not.toMatch(/hunter/)
    expect(redacted(text)).toMatch(shape)
  })

  test.each([
    'pwd=/home/x',
    'PWD: /app',
    '{"env":[{"name":"PWD","value":"/app"}],"pwd":"/srv"}',
    'OLDPWD=/app',
    "password='' next='x'",
    'password is required',
    'the token is valid until noon',
    'the secret is not mounted',
    'docker run -p 80:80 nginx',
    'mkdir -p /var/lib/docker login',
    'cat file | docker login -u x --password-stdin',
    'echo done | tee log',
    'change the password now',
  ])('no secret: %j', (text) => {
    expect(redacted(text)).toBe(text)
  })
})
